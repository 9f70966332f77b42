import type { world } from '../../test/support/world.ts';
import { prices } from './prices.ts';

/** An item of a job is taken to have no more (the design's bound). */
const itemKilobytes = 1;
/** A message is sent, received and deleted. */
const requestsAMessage = 3;
/** Memory of the functions, and how long one is taken to run beside a platform's answers, which come after `answerSeconds` each. */
const gigabytes = 0.5;
const functionSeconds = 0.3;
const answerSeconds = 0.2;
/** What one call of a function logs: Lambda's own three lines, and one of ours. */
const logKilobytes = 1;
/** Memory that an Express execution is billed for. */
const executionGigabytes = 64 / 1024;

/** What is used of AWS, in the units of its prices. */
export interface Used {
  reads: number;
  writes: number;
  messages: number;
  calls: number;
  executions: number;
  executionSeconds: number;
  events: number;
  puts: number;
  requests: number;
}

/** Counts what the job core does on memory: wraps its stores, so that every call from now on is counted by the size of what AWS would bill. */
export function meter(w: ReturnType<typeof world>): Used {
  const used: Used = { reads: 0, writes: 0, messages: 0, calls: 0, executions: 0, executionSeconds: 0, events: 0, puts: 0, requests: 0 };
  const { jobs, lanes, wakers, workspace } = w.deps;
  /** An answer of an index, which is read eventually consistent. */
  const ofIndex = (items: number) => Math.max(0.5, Math.ceil((items * itemKilobytes) / 4) / 2);
  const count = <Store extends object, Name extends keyof Store & string>(store: Store, name: Name, add: (answer: unknown) => void) => {
    const method = (store[name] as (...args: unknown[]) => Promise<unknown>).bind(store);
    const counted = async (...args: unknown[]) => {
      const answer = await method(...args);
      add(answer);
      return answer;
    };
    store[name] = counted as Store[Name];
  };
  const reads = (units: number) => () => void (used.reads += units);
  const writes = (units: number) => () => void (used.writes += units);
  for (const name of ['get', 'shares', 'posts'] as const) count(lanes, name, reads(1));
  for (const name of ['get', 'spec'] as const) count(jobs, name, reads(1));
  for (const name of ['active', 'queued'] as const) count(jobs, name, (found) => void (used.reads += ofIndex((found as unknown[]).length)));
  for (const name of ['want', 'update', 'openShare', 'advanceShare', 'closeShare', 'takePost', 'endPost'] as const)
    count(lanes, name, writes(1));
  count(jobs, 'update', writes(3 * itemKilobytes)); // the item, and its copies in `owner` and `active`
  count(jobs, 'create', writes(6 * itemKilobytes)); // job and spec in a transaction, which counts twice; copies in `owner` and `queue`
  for (const name of ['later', 'collect'] as const) count(wakers, name, () => void (used.messages += 1));
  for (const name of ['write', 'writeNew'] as const) count(workspace, name, () => void (used.puts += 1));
  return used;
}

/** USD for it; `answers`: requests to platforms that functions waited for. */
export const usd = (used: Used, answers: number): number =>
  used.reads * prices.readUnit +
  used.writes * prices.writeUnit +
  used.messages * requestsAMessage * prices.queueRequest +
  used.calls * (prices.lambdaRequest + logKilobytes * prices.logKilobyte) +
  (used.calls * functionSeconds + answers * answerSeconds) * gigabytes * prices.lambdaGigabyteSecond +
  used.executions * prices.expressRequest +
  used.executionSeconds * executionGigabytes * prices.expressGigabyteSecond +
  used.events * prices.event +
  used.puts * prices.objectPut +
  used.requests * prices.apiRequest;
