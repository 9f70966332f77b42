import { describe, expect, it } from '@jest/globals';
import { drawFaults } from '../../support/drawn-faults.ts';

const seeds = Array.from({ length: 52 }, (_, n) => n + 1);

describe('the faults of a run', () => {
  it('follow from its seed', () => {
    for (const dialect of ['openeo', 'ogc'] as const) expect(drawFaults(7, 'p', dialect)).toEqual(drawFaults(7, 'p', dialect));
    expect(drawFaults(7, 'p', 'openeo')).not.toEqual(drawFaults(8, 'p', 'openeo'));
  });

  it('are of every kind in the seeds that are played, and of none in no seed', () => {
    const drawn = seeds.map((seed) => drawFaults(seed, 'p', 'openeo'));
    const strikes = drawn.flatMap((one) => one.strikes);
    expect(drawn.every((one) => one.strikes.length > 0)).toBe(true);
    expect([...new Set(strikes.map(({ fate }) => fate.kind))].toSorted()).toEqual(['answer', 'delay', 'drop', 'kill']);
    expect(new Set(strikes.map(({ match }) => String(match.target))).size).toBe(7);
    const answers = new Set(drawn.flatMap(({ platform }) => platform.map(({ answer, effect }) => JSON.stringify([answer, effect]))));
    expect(answers.size).toBe(7);
    expect(drawn.some(({ cancelAfterMs }) => cancelAfterMs !== undefined)).toBe(true);
  });

  it('are of requests about the lane of their platform alone', () => {
    for (const { match } of drawFaults(7, 'faults-1', 'openeo').strikes) {
      expect(match.body!.test('{"pk":{"S":"faults-1~service"}}')).toBe(true);
      expect(match.body!.test('{"pk":{"S":"faults-11~service"}}')).toBe(false);
    }
  });
});
