import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Visit } from './visit.entity.js';

@Injectable()
export class VisitsService {
  constructor(@InjectRepository(Visit) private readonly visits: Repository<Visit>) {}

  async record(): Promise<number> {
    await this.visits.insert({});
    return this.visits.count();
  }
}
