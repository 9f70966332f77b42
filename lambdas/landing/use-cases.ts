import { Problem } from '../shared/problem.ts';
import type { Health } from './model.ts';
import type { Database } from './ports.ts';

/** Whether what everything stands on answers; 503 in plain words when it does not. */
export async function health(database: Database): Promise<Health> {
  if (await database.answers()) return { status: 'ok', database: { status: 'ok' } };
  throw new Problem(503, 'SERVICE_UNAVAILABLE', 'The database does not answer. Try again in a minute.', {
    headers: { 'retry-after': '60' },
  });
}
