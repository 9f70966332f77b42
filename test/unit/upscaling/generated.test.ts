import { describe, expect, it } from '@jest/globals';
import { TaskRequest, type Period } from '../../../lambdas/upscaling/model.ts';
import { dimensionFaults } from '../../../lambdas/upscaling/rules/dimension.ts';
import { valuesOf } from '../../../lambdas/upscaling/rules/generated.ts';
import { steps } from '../../../lambdas/upscaling/rules/period.ts';
import { box } from '../../support/areas.ts';

const { dimension: Dimension } = TaskRequest.shape;
const faultsOf = (dimension: unknown) => dimensionFaults({ dimension: Dimension.parse(dimension), parameters: {} });

describe('A dimension of tiles', () => {
  it('has the geometries of the grid as its values', () => {
    const dimension = Dimension.parse({ name: 'aoi', tiles: { aoi: box(-113, 40.6, -112, 41.6), grid: 'utm-50km' } });
    const values = [...valuesOf(dimension)] as { type: string }[];
    expect(values.length).toBeGreaterThan(4);
    expect(new Set(values.map(({ type }) => type))).toEqual(new Set(['Polygon']));
    expect(faultsOf(dimension)).toEqual([]);
  });

  it('is refused with the number of tiles when they are too many, and with the faults of its area', () => {
    expect(faultsOf({ name: 'aoi', tiles: { aoi: box(-180, -80, 180, 80), grid: '20x20km' } })).toEqual([
      { pointer: '/dimension/tiles', message: expect.stringMatching(/^These are 1\d{6} tiles, and a task has at most 100000 jobs/) },
    ]);
    expect(faultsOf({ name: 'aoi', tiles: { aoi: box(0, 0, 0, 0), grid: '20x20km' } })).toMatchObject([
      { pointer: '/dimension/tiles/aoi/coordinates' },
    ]);
  });
});

describe('A dimension of a period', () => {
  const period = (start: string, end: string, step: string): Period => ({ start, end, step });

  it('has half-open steps as its values, the last one cut', () => {
    expect([...steps(period('2024-01-01', '2024-01-26', 'P10D'))]).toEqual([
      ['2024-01-01', '2024-01-11'],
      ['2024-01-11', '2024-01-21'],
      ['2024-01-21', '2024-01-26'],
    ]);
  });

  it('counts months from its start, so that short months move nothing', () => {
    const starts = [...steps(period('2024-01-31', '2024-06-01', 'P1M'))].map(([from]) => from);
    expect(starts).toEqual(['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31']);
  });

  it('keeps times where it was given times', () => {
    expect([...steps(period('2024-01-01T06:00:00Z', '2024-01-09T06:00:00Z', 'P1W'))]).toEqual([
      ['2024-01-01T06:00:00Z', '2024-01-08T06:00:00Z'],
      ['2024-01-08T06:00:00Z', '2024-01-09T06:00:00Z'],
    ]);
  });

  it.each([
    ['ends before it starts', period('2024-02-01', '2024-01-01', 'P1D'), '/dimension/period/end'],
    ['mixes dates and times', period('2024-02-01', '2024-03-01T00:00:00Z', 'P1D'), '/dimension/period'],
    ['has too many steps', period('1000-01-01', '2024-01-01', 'P1D'), '/dimension/period/step'],
  ])('is refused when it %s', (_, given, pointer) => {
    expect(faultsOf({ name: 'time', period: given })).toMatchObject([{ pointer }]);
  });

  it.each(['1M', 'P0D', 'PT1H', 'P1M2D', 'P-1D'])('is refused with a step of %s', (step) => {
    expect(Dimension.safeParse({ name: 'time', period: period('2024-01-01', '2025-01-01', step) }).success).toBe(false);
  });
});

it('One of values, tiles, period and manifest is given, neither none nor two', () => {
  const area = { aoi: box(0, 0, 1, 1), grid: '20x20km' };
  for (const more of [{}, { values: [1], tiles: area }]) {
    const parsed = Dimension.safeParse({ name: 'x', ...more });
    expect(parsed.success ? undefined : parsed.error.issues.map(({ message }) => message)).toEqual([
      'Give one of values, tiles, period and manifest.',
    ]);
  }
});
