import { InvokeCommand } from '@aws-sdk/client-lambda';
import { aws, local } from './local.ts';

interface Waiting {
  /** Seconds in which it is there on a machine that does nothing else; 30 unless said. It is given up after three times as many. */
  within?: number;
  /** Milliseconds between two looks; 150 unless said. Where many wait at once their looks alone would keep the emulator busy. */
  every?: number;
  /** Makes the every-minute tick come every two seconds. */
  ticking?: boolean;
  /** Makes the every-minute sweep of tasks come with it. */
  sweeping?: boolean;
}

/** When the next tick is due, for all who wait at the same time: one serves every lane. */
let nextTick = 0;

/** How much slower than usual the machine may be: the bound is for what never comes, the tests say nothing of time. */
const patience = 3;

/** Looks again and again until the look has an answer; says what it waited for when the time is over. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  { within = 30, every = 150, ticking = false, sweeping = false }: Waiting = {},
): Promise<T> {
  const deadline = Date.now() + patience * within * 1000;
  let last: unknown;
  while (Date.now() < deadline) {
    if (ticking && Date.now() > nextTick) {
      nextTick = Number.POSITIVE_INFINITY; // the next one when this is over: what is looked for may be there for a second only
      void tick(sweeping)
        .catch((error: unknown) => (last = error))
        .finally(() => (nextTick = Date.now() + 2000));
    }
    const found = await Promise.resolve(look()).catch((error: unknown) => void (last = error));
    if (found !== undefined) return found;
    await new Promise((next) => setTimeout(next, every));
  }
  throw new Error(`${what}: not within ${patience * within} s${last === undefined ? '' : ` (${String(last)})`}`);
}

/** The schedules' own functions, now. */
async function tick(sweeping: boolean): Promise<void> {
  await aws.lambda().send(new InvokeCommand({ FunctionName: local().outputs['TickFunction']! }));
  if (sweeping) await aws.lambda().send(new InvokeCommand({ FunctionName: local().outputs['SweepFunction']! }));
}
