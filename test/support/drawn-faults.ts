import { randomOf } from '../simulation/time.ts';
import type { Fault } from './fake-ogc.ts';
import type { Fate, Match } from './fault-proxy.ts';

/** A fault between the functions and the emulator. */
interface Strike {
  match: Match;
  fate: Fate;
  when: { times: number; after: number };
}

/** What goes wrong in one run. */
export interface DrawnFaults {
  strikes: Strike[];
  platform: Fault[];
  /** Bob takes his job back after so many ms. */
  cancelAfterMs: number | undefined;
}

export type Dialect = 'openeo' | 'ogc';

/** Requests of functions that are about a lane, the frequent ones more than once. */
const targets = [
  ...[/UpdateItem$/, /UpdateItem$/, /UpdateItem$/, /PutItem$/, /TransactWriteItems$/, /GetItem$/, /Query$/, /Query$/],
  ...[/SendMessage(?:Batch)?$/, /StartExecution$/],
];

/** Requests to platforms. */
const calls: Record<Dialect, readonly RegExp[]> = {
  openeo: [/^POST \/jobs$/, /^POST \/jobs\/[^/]+\/results$/, /^GET \/jobs(?!\/[^/]+\/results)/],
  ogc: [/^POST \/processes/, /^GET \/jobs(?!\/[^/]+\/results)/],
};

/** Answers that a platform gives, or does not; each so that the job may still succeed. */
const answers: readonly Omit<Fault, 'match' | 'times'>[] = [
  { answer: { status: 429, headers: { 'retry-after': '1' }, body: '{"code":"TooManyRequests","message":"Later."}' } },
  { answer: { status: 503, headers: { 'retry-after': '1' }, body: '' } },
  { answer: { status: 500, body: '<h1>Internal Server Error</h1>' } },
  { answer: { status: 500, body: '<h1>Internal Server Error</h1>' }, effect: 'now' },
  { answer: 'drop' },
  { answer: 'drop', effect: 'now' },
  { answer: 'hang', effect: { afterMs: 3000 } },
];

/** The faults of a seed for a run in the one lane of this platform. */
export function drawFaults(seed: number, platform: string, dialect: Dialect): DrawnFaults {
  const random = randomOf(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const pick = <T>(all: readonly T[]): T => all[upTo(all.length - 1)]!;
  const fate = (): Fate => {
    const luck = random();
    if (luck < 0.3) return { kind: 'drop' };
    if (luck < 0.55) return { kind: 'answer', status: 500, body: '{"__type":"InternalServerError"}' };
    return luck < 0.75 ? { kind: 'delay', ms: 500 + upTo(5000) } : { kind: 'kill' };
  };
  const strikes = Array.from({ length: 3 + upTo(4) }, (): Strike => {
    const match = { target: pick(targets), body: new RegExp(`${platform}~service`) };
    // The SDK asks three times: four answers of this kind reach the function.
    return { match, fate: fate(), when: { times: random() < 0.3 ? 4 : 1, after: upTo(10) } };
  });
  const faults = Array.from({ length: upTo(3) }, (): Fault => ({ match: pick(calls[dialect]), ...pick(answers), times: 1 + upTo(1) }));
  return { strikes, platform: faults, cancelAfterMs: random() < 0.2 ? upTo(6000) : undefined };
}
