import { readFileSync } from 'node:fs';
import jsonata from 'jsonata';

export interface State {
  Type: 'Task' | 'Pass' | 'Choice' | 'Map' | 'Wait' | 'Succeed' | 'Fail';
  Resource?: string;
  Arguments?: unknown;
  Output?: unknown;
  Items?: string;
  ItemSelector?: unknown;
  ItemProcessor?: Machine;
  Choices?: { Condition: string; Output?: unknown; Next: string }[];
  Default?: string;
  Seconds?: unknown;
  Retry?: unknown[];
  Catch?: { ErrorEquals: string[]; Output?: unknown; Next: string }[];
  Next?: string;
  End?: boolean;
  Error?: string;
  Cause?: string;
}
export interface Machine {
  StartAt: string;
  States: Record<string, State>;
}

const folder = new URL('../../state-machines/', import.meta.url);
export const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as T;

/** States of a machine and of the maps in it. */
export const statesOf = (machine: Machine): [string, State][] =>
  Object.entries(machine.States).flatMap(([name, s]) => [
    [name, s] as [string, State],
    ...(s.ItemProcessor ? statesOf(s.ItemProcessor) : []),
  ]);

/** Every way from one state to another, as `from -> to`. */
const edgesOf = (machine: Machine): string[] =>
  statesOf(machine).flatMap(([name, s]) =>
    [s.Next, s.Default, ...(s.Choices ?? []).map((c) => c.Next), ...(s.Catch ?? []).map((c) => c.Next)]
      .filter((to) => to !== undefined)
      .map((to) => `${name} -> ${to}`),
  );

const expressions = new Map<string, ReturnType<typeof jsonata>>();
function compiled(expression: string): ReturnType<typeof jsonata> {
  const known = expressions.get(expression) ?? jsonata(expression);
  expressions.set(expression, known);
  return known;
}

/** A thrown Lambda error as Step Functions reports it. */
class StateError extends Error {}
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** What a plain path such as `$states.input.jobId` leads to; undefined where lists are on the way, of which JSONata knows more. */
function plainPath(expression: string, states: object): unknown {
  const path = /^\s*\$states((?:\.\w+)+)\s*$/.exec(expression)?.[1]!.slice(1).split('.');
  let value: unknown = path && states;
  for (const name of path ?? []) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return Array.isArray(value) ? undefined : (value ?? undefined);
}

/** Evaluates each `{% expression %}` in a value; undefined is an error, as in Step Functions. */
async function evaluate(value: unknown, states: object): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((v) => evaluate(v, states)));
  if (value && typeof value === 'object')
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await evaluate(v, states)] as const)));
  const expression = typeof value === 'string' && /^\{%([^]*)%\}$/.exec(value)?.[1];
  if (!expression) return value;
  const result: unknown = plainPath(expression, states) ?? (await compiled(expression).evaluate({}, { states }));
  if (result === undefined) throw new StateError(`States.QueryEvaluationError: ${expression.trim()} is undefined`);
  return plain(result);
}

export interface Run {
  /** Each call of a function: placeholder and arguments. */
  calls: [string, Record<string, unknown>][];
  visited: Set<string>;
  edges: Set<string>;
  /** Seconds of each pause. */
  waits: unknown[];
  status: 'succeeded' | 'failed';
  output?: unknown;
  cause?: string;
}

/** States and edges of a machine that none of these runs reached. */
export function unreached(machine: Machine, runs: readonly Run[]): string[] {
  const reached = new Set(runs.flatMap(({ visited, edges }) => [...visited, ...edges]));
  return [...statesOf(machine).map(([name]) => name), ...edgesOf(machine)].filter((name) => !reached.has(name));
}

type Functions = Record<string, (args: Record<string, unknown>) => unknown>;

/**
 * Runs a JSONata machine with functions by placeholder: Task, Choice, inline Map, Wait, Catch, Succeed and Fail, enough to walk
 * its states and edges with their expressions evaluated. Retriers are not played, and pauses are none unless `pause` makes them.
 */
export async function run(
  machine: Machine,
  input: unknown,
  functions: Functions,
  Execution = { Name: 'lane-1', StartTime: '2026-01-01T00:00:00.000Z' },
  pause: (seconds: number) => Promise<void> = async () => undefined,
): Promise<Run> {
  const done: Run = { calls: [], visited: new Set(), edges: new Set(), waits: [], status: 'succeeded' };
  const context = { Execution };

  async function walk({ StartAt, States }: Machine, first: unknown, more: object): Promise<unknown> {
    let [name, state, data] = [StartAt, States[StartAt]!, first];
    for (let steps = 0; steps < 100; steps++) {
      done.visited.add(name);
      const states = { input: data, context: { ...context, ...more } };
      const go = (to: string, output: unknown) => {
        done.edges.add(`${name} -> ${to}`);
        [name, state, data] = [to, States[to]!, output];
      };
      if (state.Type === 'Succeed') return evaluate(state.Output ?? data, states);
      if (state.Type === 'Fail') throw new StateError(`${state.Error}: ${String(await evaluate(state.Cause, states))}`);
      if (state.Type === 'Choice') {
        const taken = [];
        for (const choice of state.Choices!) if ((await evaluate(choice.Condition, states)) === true) taken.push(choice);
        go(taken[0]?.Next ?? state.Default!, taken[0]?.Output ? await evaluate(taken[0].Output, states) : data);
        continue;
      }
      try {
        const result = await perform(state, states, more);
        const output = await evaluate(state.Output ?? result, { ...states, result });
        if (state.End) return output;
        go(state.Next!, output);
      } catch (error) {
        const caught = state.Catch?.find((c) => c.ErrorEquals.includes('States.ALL'));
        if (!caught) throw error;
        const errorOutput = { Error: 'Runtime.HandlerError', Cause: (error as Error).message };
        go(caught.Next, await evaluate(caught.Output, { ...states, errorOutput }));
      }
    }
    throw new Error('does not end');
  }

  async function perform(state: State, states: { input: unknown }, more: object): Promise<unknown> {
    if (state.Type === 'Pass') return states.input;
    if (state.Type === 'Wait') {
      const seconds = await evaluate(state.Seconds, states);
      done.waits.push(seconds);
      await pause(seconds as number);
      return undefined;
    }
    if (state.Type === 'Map') {
      const items = (await evaluate(state.Items, states)) as unknown[];
      const each = async (Value: unknown, Index: number) => {
        const item = { ...more, Map: { Item: { Index, Value } } };
        return walk(state.ItemProcessor!, await evaluate(state.ItemSelector, { ...states, context: { ...context, ...item } }), item);
      };
      return Promise.all(items.map(each));
    }
    const placeholder = /^\$\{(\w+)\}$/.exec(state.Resource ?? '')![1]!;
    const args = (await evaluate(state.Arguments, states)) as Record<string, unknown>;
    done.calls.push([placeholder, args]);
    return plain(await functions[placeholder]!(args));
  }

  try {
    done.output = await walk(machine, input, {});
  } catch (error) {
    Object.assign(done, { status: 'failed', cause: (error as Error).message });
  }
  return done;
}
