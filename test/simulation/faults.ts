/** How likely each fault is at each opportunity, 0 to 0.1; drawn per seed. */
export interface FaultRates {
  /** A function ends before or after a call takes effect. */
  crash: number;
  /** A call to a table or queue throws, before or after it took effect. */
  tableFails: number;
  /** A write's answer is lost and the SDK sends it again. */
  writtenTwice: number;
  /** Of a batch only a part is taken. */
  partial: number;
  /** The platform's answer is lost after it committed. */
  lostAnswer: number;
  /** A create or start takes effect up to two minutes after its sender gave up. */
  lateCommit: number;
  /** 429, 503, 5xx of the platform. */
  platformFails: number;
  /** Lists and searches leave a job out. */
  omits: number;
  /** The platform says an unknown word, or an older status. */
  strangeWord: number;
  /** The platform forgets a job. */
  forgets: number;
  /** A message comes twice; or is late by minutes; or never comes. */
  duplicate: number;
  delayed: number;
  lost: number;
  /** An index answers what was true up to a minute ago. */
  stale: number;
  /** A clock tick is missed, or comes twice. */
  tick: number;
  /** A call takes seconds rather than milliseconds. */
  slow: number;
  /** A function's clock is wrong by a quarter of a second, and steps to and fro. */
  clock: number;
  /** An execution of a state machine is lost between two of its steps. */
  stops: number;
  /** A conditional write is on its way until somebody else has written the item, or for a minute. */
  overtaken: number;
}
export type FaultKind = keyof FaultRates;
export const faultKinds: readonly FaultKind[] = [
  'crash',
  'tableFails',
  'writtenTwice',
  'partial',
  'lostAnswer',
  'lateCommit',
  'platformFails',
  'omits',
  'strangeWord',
  'forgets',
  'duplicate',
  'delayed',
  'lost',
  'stale',
  'tick',
  'slow',
  'clock',
  'stops',
  'overtaken',
];

/** What chance decides: every kind of fault from a stream of its own, so that one that is left out changes nothing about the others. */
export type Chance = FaultKind | 'world' | 'users' | 'latency' | 'platforms' | 'code' | 'theme' | 'live' | 'credentials';

/** A third of the seeds has every fault, a third some, a tenth none. */
export function drawRates(random: () => number, allowed: readonly FaultKind[] = faultKinds): FaultRates {
  const mood = random();
  const rate = () => (mood < 0.4 || (mood < 0.9 && random() < 0.5) ? random() ** 2 * 0.1 : 0);
  const rates = Object.fromEntries(faultKinds.map((kind) => [kind, rate()])) as Record<FaultKind, number>;
  for (const kind of faultKinds) if (!allowed.includes(kind)) rates[kind] = 0;
  rates.forgets /= 10; // a job that is lost there ends as failed: too many would leave nothing to look at
  rates.clock *= 5; // of functions, not of calls
  return rates;
}
