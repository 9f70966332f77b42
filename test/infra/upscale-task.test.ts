import { describe, expect, it } from '@jest/globals';
// @ts-expect-error: the package brings no types
import aslValidator from 'asl-validator';
import { type Machine, read, run, statesOf, unreached } from '../support/asl.ts';

const machine = read<Machine>('upscaling/upscale-task.asl.json');
const input = read<{ taskId: string; workNumber: number }>('upscaling/upscale-task.sample.json');
const planned = (chunks: number) => ({
  outcome: 'chunks',
  ...input,
  chunks: Array.from({ length: chunks }, (_, chunk) => ({ ...input, chunk })),
});
const throwing = (message: string) => () => {
  throw new Error(message);
};
const functions = {
  PlanFunction: (): unknown => planned(2),
  ChunkFunction: (): unknown => ({ outcome: 'done' }),
  SettleFunction: (): unknown => ({ outcome: 'settled' }),
};
const settleThrowsOnce = () => {
  const throws = [true];
  return () => (throws.shift() ? throwing('no table')() : { outcome: 'settled' });
};

/** Every run of this file, so that the last test can tell what none of them reached. */
const runs = {
  done: run(machine, input, functions),
  one: run(machine, input, { ...functions, PlanFunction: () => planned(1) }),
  nothing: run(machine, input, { ...functions, PlanFunction: () => ({ outcome: 'nothing', ...input, chunks: [] }) }),
  planThrows: run(machine, input, { ...functions, PlanFunction: throwing('no table') }),
  chunkThrows: run(machine, input, { ...functions, ChunkFunction: throwing('bug') }),
  settleThrows: run(machine, input, { ...functions, SettleFunction: settleThrowsOnce() }),
  allThrows: run(machine, input, { ...functions, ChunkFunction: throwing('bug'), SettleFunction: throwing('no table') }),
};

describe('upscale-task', () => {
  it('is valid Amazon States Language', () => {
    const text = JSON.stringify(machine).replaceAll(/\$\{(\w+)\}/g, 'arn:aws:lambda:eu-central-1:123456789012:function:$1');
    const { isValid, errorsText } = aslValidator(JSON.parse(text)) as { isValid: boolean; errorsText: (separator: string) => string };
    expect([isValid, isValid ? '' : errorsText('\n')]).toEqual([true, '']);
  });

  it('does every chunk, then says that the work is done', async () => {
    const { calls, output } = await runs.done;
    expect(calls).toEqual([
      ['PlanFunction', input],
      ['ChunkFunction', { ...input, chunk: 0 }],
      ['ChunkFunction', { ...input, chunk: 1 }],
      ['SettleFunction', input],
    ]);
    expect(output).toEqual({ outcome: 'settled', taskId: input.taskId });
  });

  it('keeps an only chunk in a list, and ends at once when nothing is to be done', async () => {
    expect((await runs.one).calls.filter(([name]) => name === 'ChunkFunction')).toHaveLength(1);
    expect([(await runs.nothing).calls.length, (await runs.nothing).output]).toEqual([1, { outcome: 'nothing', taskId: input.taskId }]);
  });

  it('records what a state threw, then fails', async () => {
    for (const [of, message] of [
      [runs.planThrows, 'no table'],
      [runs.chunkThrows, 'bug'],
      [runs.settleThrows, 'no table'],
    ] as const) {
      const { status, cause, calls } = await of;
      expect(calls.at(-1)).toEqual(['SettleFunction', { ...input, fault: `Runtime.HandlerError: ${message}` }]);
      expect([status, cause]).toEqual(['failed', `TaskFault: Runtime.HandlerError: ${message}`]);
    }
    expect((await runs.allThrows).cause).toBe('TaskFault: Runtime.HandlerError: bug; not recorded: Runtime.HandlerError: no table');
  });

  it('reaches every state by every edge in these runs', async () => {
    expect(unreached(machine, await Promise.all(Object.values(runs)))).toEqual([]);
  });

  it('repeats every step that breaks off: each may come twice', () => {
    for (const [name, state] of statesOf(machine))
      if (state.Type === 'Task' && name !== 'RecordFault') expect([name, state.Retry?.length]).toEqual([name, 1]);
  });

  it('takes less than a tenth of a transition a job', async () => {
    const { calls, edges } = await runs.done; // two chunks, a thousand jobs
    expect(calls.length + edges.size).toBeLessThan(100);
  });
});
