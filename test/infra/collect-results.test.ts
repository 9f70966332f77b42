import { describe, expect, it } from '@jest/globals';
// @ts-expect-error: the package brings no types
import aslValidator from 'asl-validator';
import { type Machine, read, run, statesOf, unreached } from '../support/asl.ts';

const machine = read<Machine>('dispatch/collect-results.asl.json');
const input = read<{ jobId: string; incarnation: number }>('dispatch/collect-results.sample.json');
const { jobId, incarnation } = input;

const throwing = (message: string) => () => {
  throw new Error(message);
};
const copied = (asset: unknown) => ({ asset, outcome: 'copied', bytes: 3, sha256: 'abc' });
const functions = {
  PlanCopiesFunction: (): unknown => ({ outcome: 'copy', assets: [1, 3] }),
  CopyAssetFunction: ({ asset }: Record<string, unknown>): unknown => ({ ...copied(asset), waitSeconds: 10 }),
  FinishCopiesFunction: (): unknown => ({ outcome: 'ready' }),
};
/** A file that is handed out at the try of this number only. */
const atTry = (number: number) => ({
  ...functions,
  CopyAssetFunction: ({ asset, tries }: Record<string, unknown>): unknown =>
    Number(tries) < number ? { asset, outcome: 'again', waitSeconds: 10 * 4 ** (Number(tries) - 1) } : { ...copied(asset), waitSeconds: 0 },
});

/** Every run of this file, so that the last test can tell what none of them reached. */
const runs = {
  ready: run(machine, input, functions),
  one: run(machine, input, { ...functions, PlanCopiesFunction: () => ({ outcome: 'copy', assets: [2] }) }),
  nothing: run(machine, input, { ...functions, PlanCopiesFunction: () => ({ outcome: 'nothing', assets: [] }) }),
  slow: run(machine, input, atTry(3)),
  never: run(machine, input, atTry(99)),
  oneThrows: run(machine, input, {
    ...functions,
    CopyAssetFunction: ({ asset }) => (asset === 1 ? throwing('out of memory')() : copied(asset)),
  }),
  planThrows: run(machine, input, { ...functions, PlanCopiesFunction: throwing('no table') }),
  mapThrows: run(machine, input, { ...functions, CopyAssetFunction: () => ({ outcome: 'again' }) }),
  finishThrows: run(machine, input, {
    ...functions,
    FinishCopiesFunction: ({ fault }) => (fault ? { outcome: 'ready' } : throwing('no table')()),
  }),
  allThrows: run(machine, input, { ...functions, FinishCopiesFunction: throwing('no table') }),
};
const finished = async (of: Promise<{ calls: [string, unknown][] }>) =>
  (await of).calls.filter(([f]) => f === 'FinishCopiesFunction').map(([, a]) => a);

describe('collect-results', () => {
  it('is valid Amazon States Language', () => {
    const text = JSON.stringify(machine).replaceAll(/\$\{(\w+)\}/g, 'arn:aws:lambda:eu-central-1:123456789012:function:$1');
    const { isValid, errorsText } = aslValidator(JSON.parse(text)) as { isValid: boolean; errorsText: (separator: string) => string };
    expect([isValid, isValid ? '' : errorsText('\n')]).toEqual([true, '']);
  });

  it('plans, copies each file by its number, and finishes with what became of each', async () => {
    const { status, output, calls } = await runs.ready;
    expect([status, output]).toEqual(['succeeded', { outcome: 'ready', jobId }]);
    expect(calls).toEqual([
      ['PlanCopiesFunction', { jobId, incarnation }],
      ['CopyAssetFunction', { jobId, incarnation, asset: 1, tries: 1 }],
      ['CopyAssetFunction', { jobId, incarnation, asset: 3, tries: 1 }],
      ['FinishCopiesFunction', { jobId, incarnation, results: [copied(1), copied(3)] }],
    ]);
  });

  it('keeps the only file, and its only result, in a list', async () => {
    expect(await finished(runs.one)).toEqual([{ jobId, incarnation, results: [copied(2)] }]);
  });

  it('ends at once when there is nothing to copy', async () => {
    const { status, output, calls } = await runs.nothing;
    expect([status, output, calls.length]).toEqual(['succeeded', { outcome: 'nothing', jobId }, 1]);
  });

  it('tries a file again after pauses that grow', async () => {
    const { waits, calls } = await runs.slow;
    expect(waits).toEqual([10, 10, 40, 40]);
    expect(calls.filter(([f]) => f === 'CopyAssetFunction').map(([, a]) => a['tries'])).toEqual([1, 1, 2, 2, 3, 3]);
    expect(await finished(runs.slow)).toMatchObject([{ results: [copied(1), copied(3)] }]);
  });

  it('gives a file up after four tries, and finishes all the same', async () => {
    expect((await runs.never).waits).toHaveLength(6);
    expect(await finished(runs.never)).toMatchObject([
      {
        results: [
          { asset: 1, outcome: 'again' },
          { asset: 3, outcome: 'again' },
        ],
      },
    ]);
    expect((await runs.never).status).toBe('succeeded');
  });

  it('finishes although one file cannot be copied for a fault of ours', async () => {
    expect(await finished(runs.oneThrows)).toEqual([{ jobId, incarnation, results: [{ asset: 1, outcome: 'failed' }, copied(3)] }]);
  });

  it('records what a state threw, then fails', async () => {
    const thrown = { planThrows: 'no table', finishThrows: 'no table' } as const;
    for (const [name, message] of Object.entries(thrown)) {
      const { status, cause, calls } = await runs[name as keyof typeof thrown];
      const fault = `Runtime.HandlerError: ${message}`;
      expect(calls.at(-1)).toEqual(['FinishCopiesFunction', { jobId, incarnation, fault }]);
      expect([status, cause]).toEqual(['failed', `CopyFault: ${fault}`]);
    }
    expect((await runs.mapThrows).calls.at(-1)).toMatchObject(['FinishCopiesFunction', { fault: expect.stringContaining('waitSeconds') }]);
    expect((await runs.allThrows).cause).toBe('CopyFault: Runtime.HandlerError: no table; not recorded: Runtime.HandlerError: no table');
  });

  it('reaches every state by every edge in these runs', async () => {
    expect(unreached(machine, await Promise.all(Object.values(runs)))).toEqual([]);
  });

  it('catches every exception', () => {
    for (const [, state] of statesOf(machine))
      if (state.Type === 'Task' || state.Type === 'Map') expect(state.Catch?.map((c) => c.ErrorEquals)).toEqual([['States.ALL']]);
  });
});
