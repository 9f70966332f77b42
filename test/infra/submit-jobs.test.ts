import { describe, expect, it } from '@jest/globals';
// @ts-expect-error: the package brings no types
import aslValidator from 'asl-validator';
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { App } from 'aws-cdk-lib';
import { AslMachine } from '../../lib/constructs/asl-machine.ts';
import { NodeLambda } from '../../lib/constructs/node-lambda.ts';
import { SwathStack } from '../../lib/constructs/swath-stack.ts';
import { type Machine, read, run, statesOf, unreached } from '../support/asl.ts';
import { configs } from './synthesized.ts';

const machine = read<Machine>('dispatch/submit-jobs.asl.json');
const input = read<{ laneId: string }>('dispatch/submit-jobs.sample.json');
const { laneId } = input;
const runnerId = 'runner-1';
const startedAt = '2026-01-01T00:00:00.000Z';

const taken = (workers: number) => ({
  outcome: 'taken',
  laneId,
  runnerId,
  workers: Array.from({ length: workers }, (_, worker) => ({ laneId, runnerId, worker })),
});
const throwing = (message: string) => () => {
  throw new Error(message);
};
type Step = (args: Record<string, unknown>) => unknown;
const steps = {
  take: (): unknown => taken(2),
  submit: ({ worker }: Record<string, unknown>): unknown =>
    worker === 0 ? { outcome: 'drained', submitted: 3 } : { outcome: 'waiting', submitted: 0 },
  leave: (): unknown => ({ outcome: 'left' }),
};
/** One function does every step. */
const serving = (other: Partial<Record<keyof typeof steps, Step>> = {}) => ({
  SubmitFunction: (args: Record<string, unknown>): unknown => ({ ...steps, ...other })[args['step'] as keyof typeof steps](args),
});

/** Every run of this file, so that the last test can tell what none of them reached. */
const runs = {
  left: run(machine, input, serving()),
  busy: run(machine, input, serving({ take: () => ({ outcome: 'busy', laneId, runnerId, workers: [] }) })),
  idle: run(machine, input, serving({ take: () => ({ outcome: 'idle', laneId, runnerId, workers: [] }) })),
  alone: run(machine, input, serving({ take: () => taken(1) })),
  again: run(
    machine,
    input,
    serving({
      leave: (() => {
        const outcomes = ['again', 'left'];
        return () => ({ outcome: outcomes.shift() });
      })(),
    }),
  ),
  takeThrows: run(machine, input, serving({ take: throwing('no table') })),
  submitThrows: run(machine, input, serving({ submit: throwing('bug') })),
  leaveThrows: run(machine, input, serving({ leave: ({ fault }) => (fault ? { outcome: 'left' } : throwing('no table')()) })),
  allThrows: run(machine, input, serving({ submit: throwing('bug'), leave: throwing('no table') })),
};
const calls = async (of: Promise<{ calls: [string, unknown][] }>, step: keyof typeof steps) =>
  (await of).calls.map(([, args]) => args as { step: string }).filter((args) => args.step === step);

describe('submit-jobs', () => {
  it('is valid Amazon States Language', () => {
    // The validator wants an ARN where the stack will put one.
    const text = JSON.stringify(machine).replaceAll(/\$\{(\w+)\}/g, 'arn:aws:lambda:eu-central-1:123456789012:function:$1');
    const { isValid, errorsText } = aslValidator(JSON.parse(text)) as { isValid: boolean; errorsText: (separator: string) => string };
    expect([isValid, isValid ? '' : errorsText('\n')]).toEqual([true, '']);
  });

  it('takes the lane, lets its workers submit, and leaves it with what they say', async () => {
    expect(await runs.left).toMatchObject({ status: 'succeeded', output: { outcome: 'left', laneId } });
    expect((await runs.left).calls).toEqual([
      ['SubmitFunction', { step: 'take', laneId, runnerId: 'lane-1' }],
      ['SubmitFunction', { step: 'submit', laneId, runnerId, worker: 0 }],
      ['SubmitFunction', { step: 'submit', laneId, runnerId, worker: 1 }],
      [
        'SubmitFunction',
        {
          step: 'leave',
          laneId,
          runnerId,
          startedAt,
          results: [
            { outcome: 'drained', submitted: 3 },
            { outcome: 'waiting', submitted: 0 },
          ],
        },
      ],
    ]);
  });

  it('keeps the only worker of a lane, and its only result, in a list', async () => {
    expect(await calls(runs.alone, 'leave')).toEqual([
      { step: 'leave', laneId, runnerId, startedAt, results: [{ outcome: 'drained', submitted: 3 }] },
    ]);
  });

  it.each(['busy', 'idle'] as const)('ends at once when the lane is %s', async (outcome) => {
    const { status, output, calls: all } = await runs[outcome];
    expect([status, output, all.length]).toEqual(['succeeded', { outcome, laneId }, 1]);
  });

  it('goes round again as the same runner', async () => {
    expect(await calls(runs.again, 'take')).toEqual([
      { step: 'take', laneId, runnerId: 'lane-1' },
      { step: 'take', laneId, runnerId: 'lane-1' },
    ]);
    expect((await runs.again).output).toEqual({ outcome: 'left', laneId });
  });

  it('records what a state threw, then fails', async () => {
    expect((await runs.takeThrows).calls.at(-1)).toEqual([
      'SubmitFunction',
      { step: 'leave', laneId, startedAt, fault: 'Runtime.HandlerError: no table' },
    ]);
    for (const [of, message] of [
      [runs.submitThrows, 'bug'],
      [runs.leaveThrows, 'no table'],
    ] as const) {
      const { status, cause, calls: all } = await of;
      const fault = `Runtime.HandlerError: ${message}`;
      expect(all.at(-1)).toEqual(['SubmitFunction', { step: 'leave', laneId, runnerId, startedAt, fault }]);
      expect([status, cause]).toEqual(['failed', `LaneFault: ${fault}`]);
    }
    expect((await runs.allThrows).cause).toBe('LaneFault: Runtime.HandlerError: bug; not recorded: Runtime.HandlerError: no table');
  });

  it('reaches every state by every edge in these runs', async () => {
    expect(unreached(machine, await Promise.all(Object.values(runs)))).toEqual([]);
  });

  it('never submits again by itself, and ends every other exception in one catcher', () => {
    for (const [name, state] of statesOf(machine)) {
      if (name === 'Submit' || state.Type === 'Map') expect(state).not.toHaveProperty('Retry');
      if ((state.Type === 'Task' && name !== 'Submit') || state.Type === 'Map')
        expect(state.Catch?.map((c) => c.ErrorEquals)).toEqual([['States.ALL']]);
    }
  });

  it('is refused with a placeholder too few or too many', () => {
    const stack = new SwathStack(new App(), 'data', configs.local);
    const fn = new NodeLambda(stack, 'Any', 'none');
    const make = (id: string, names: string[]) =>
      new AslMachine(stack, id, 'dispatch/submit-jobs', Object.fromEntries(names.map((n) => [n, fn])), StateMachineType.EXPRESS);
    expect(() => make('Right', ['SubmitFunction'])).not.toThrow();
    expect(() => make('Few', [])).toThrow('placeholders without function: [SubmitFunction]');
    expect(() => make('Many', ['SubmitFunction', 'Other'])).toThrow('functions without placeholder: [Other]');
  });
});
