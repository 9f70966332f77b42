import type { Fault } from '../../shared/problem.ts';
import type { Period } from '../model.ts';

const units = { Y: 'months', M: 'months', W: 'days', D: 'days' } as const;
const times = { Y: 12, M: 1, W: 7, D: 1 } as const;

/** A date as it was written: with its time where it had one. */
const written = (at: Date, withTime: boolean): string =>
  withTime ? at.toISOString().replace('.000Z', 'Z') : at.toISOString().slice(0, 10);

/** `n` steps after the start, always counted from the start: the 31st of a month that has none is its last day, and the next is a 31st again. */
function after(start: Date, step: string, n: number): Date {
  const [, count = '1', unit = 'D'] = /^P(\d+)([YMWD])$/.exec(step) ?? [];
  const amount = n * Number(count) * times[unit as keyof typeof times];
  const at = new Date(start);
  if (units[unit as keyof typeof units] === 'days') at.setUTCDate(at.getUTCDate() + amount);
  else {
    at.setUTCDate(1);
    at.setUTCMonth(at.getUTCMonth() + amount);
    const days = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
    at.setUTCDate(Math.min(start.getUTCDate(), days));
  }
  return at;
}

export function periodFaults({ start, end }: Period, pointer: string): Fault[] {
  const kinds = [start, end].map((text) => text.includes('T'));
  if (kinds[0] !== kinds[1]) return [{ pointer, message: 'Start and end are both dates, or both times.' }];
  if (Date.parse(start) >= Date.parse(end)) return [{ pointer: `${pointer}/end`, message: 'The end must be later than the start.' }];
  return [];
}

/** The steps of a period as `[from, to)`, as openEO writes a temporal extent; the last one ends with the period. */
export function* steps({ start, end, step }: Period): Generator<[string, string]> {
  const withTime = start.includes('T');
  const [first, last] = [new Date(start), new Date(end)];
  let from = first;
  for (let n = 1; from < last; n += 1) {
    const next = after(first, step, n);
    const to = next < last ? next : last;
    yield [written(from, withTime), written(to, withTime)];
    from = to;
  }
}
