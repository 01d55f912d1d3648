import { Controller, Get } from '@nestjs/common';
import { VisitsService } from './visits.service.js';

@Controller()
export class VisitsController {
  constructor(private readonly visits: VisitsService) {}

  @Get()
  async greet(): Promise<string> {
    return `Visits on record: ${await this.visits.record()}`;
  }
}
