import { Test } from '@nestjs/testing';
import { expect, test } from 'vitest';
import { VisitsController } from './visits.controller.js';
import { VisitsService } from './visits.service.js';

test('a visit is recorded', async () => {
  const module = await Test.createTestingModule({
    controllers: [VisitsController],
    providers: [{ provide: VisitsService, useValue: { record: async () => 7 } }],
  }).compile();

  expect(await module.get(VisitsController).greet()).toBe('Visits on record: 7');
});
