import { DataSource, type DataSourceOptions } from 'typeorm';
import { CreateVisits1760000000000 } from './migrations/1760000000000-create-visits.js';
import { Visit } from './visits/visit.entity.js';

export const options: DataSourceOptions = {
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [Visit],
  migrations: [CreateVisits1760000000000],
};

export default new DataSource(options);
