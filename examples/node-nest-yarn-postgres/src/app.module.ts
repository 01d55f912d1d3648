import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { options } from './data-source.js';
import { HealthController } from './health.controller.js';
import { VisitsModule } from './visits/visits.module.js';

@Module({
  imports: [TypeOrmModule.forRoot(options), VisitsModule],
  controllers: [HealthController],
})
export class AppModule {}
