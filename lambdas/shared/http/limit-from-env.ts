import { dynamo } from '../aws.ts';
import { env, jsonEnv } from '../env.ts';
import { systemClock } from '../time/system.ts';
import { dynamoArrivals } from './dynamo-arrivals.ts';
import type { Limit } from './limit.ts';
import { limiter } from './limiter.ts';
import { RateLimits } from './model.ts';

/** The rate limits that the environment of an HTTP function describes; none where it has none. */
export function limitFromEnv(): Limit | undefined {
  if (process.env['RATE_LIMITS'] === undefined) return undefined;
  const limits = jsonEnv('RATE_LIMITS', RateLimits);
  return { limits, take: limiter(dynamoArrivals(dynamo, env('RATES_TABLE')), limits, systemClock) };
}
