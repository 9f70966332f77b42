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

interface Expression {
  /** Names of a plain path such as `$states.input.jobId`; absent where it is more than that, or than what it `is` compared with. */
  path?: string[];
  is?: string;
  text: string;
  query: ReturnType<typeof jsonata>;
}
const expressions = new Map<string, Expression>();
/** The expression in `{% %}`; undefined in any other text. */
function expressionIn(value: string): Expression | undefined {
  const known = expressions.get(value);
  if (known !== undefined || !value.startsWith('{%') || !value.endsWith('%}')) return known;
  const text = value.slice(2, -2).trim();
  const [, path, is] = /^\$states((?:\.\w+)+)(?: = '(\w+)')?$/.exec(text) ?? [];
  const expression: Expression = { text, query: jsonata(text) };
  if (path !== undefined) expression.path = path.slice(1).split('.');
  if (is !== undefined) expression.is = is;
  expressions.set(value, expression);
  return expression;
}

/** A thrown Lambda error as Step Functions reports it. */
class StateError extends Error {}
const plain = (value: unknown): unknown => (typeof value === 'object' ? (JSON.parse(JSON.stringify(value)) as unknown) : value);

/** The value of an expression that is no more than a path; undefined where lists are on the way, of which JSONata knows more. */
function at({ path, is }: Expression, states: object): unknown {
  if (path === undefined) return undefined;
  let value: unknown = states;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (Array.isArray(value) || value === null || value === undefined) return undefined;
  return is === undefined ? value : value === is;
}

/** Evaluates each `{% expression %}` in a value; undefined is an error, as in Step Functions. */
async function evaluate(value: unknown, states: object): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((v) => evaluate(v, states)));
  if (value && typeof value === 'object') {
    const evaluated: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(value)) {
      const expression = typeof part === 'string' ? expressionIn(part) : undefined;
      evaluated[name] = (expression && plain(at(expression, states))) ?? (await evaluate(part, states));
    }
    return evaluated;
  }
  const expression = typeof value === 'string' ? expressionIn(value) : undefined;
  if (expression === undefined) return value;
  const result: unknown = at(expression, states) ?? (await expression.query.evaluate({}, { states }));
  if (result === undefined) throw new StateError(`States.QueryEvaluationError: ${expression.text} is undefined`);
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
