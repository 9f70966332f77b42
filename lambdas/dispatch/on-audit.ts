import { dynamo, sqs, stepFunctions } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import { wakers } from './wakers.ts';

const lanes = dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock);
const { audit } = wakers(stepFunctions, sqs, uuids, { laterQueue: env('LATER_QUEUE_URL') });

/** Once a day: each lane, also one at rest, is audited by a message of its own, spread over a quarter of an hour. */
export async function handler(): Promise<{ lanes: number }> {
  const all = await lanes.all();
  for (const [n, laneId] of all.entries()) await audit(laneId, undefined, n % 900);
  log.info('audit', { lanes: all.length });
  return { lanes: all.length };
}
