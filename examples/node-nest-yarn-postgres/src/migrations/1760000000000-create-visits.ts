import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateVisits1760000000000 implements MigrationInterface {
  name = 'CreateVisits1760000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE visit (id serial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE visit');
  }
}
