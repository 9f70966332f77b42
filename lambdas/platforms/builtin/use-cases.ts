import type { Clock } from '../../shared/time/clock.ts';
import type { BuiltinJob } from './model.ts';
import type { BuiltinRunner, BuiltinStore, OutputStore, Pause } from './ports.ts';
import * as rules from './rules.ts';

/** What the process does with its inputs; `pause` and `fail` control the run and are no outputs. */
type Control = { pause?: number; fail?: string };

/** Longest time between two looks at whether the job was cancelled, in seconds. */
const lookSeconds = 5;

/**
 * Starts a job that is only created; otherwise nothing happens, and the job is returned as it is. The run is ordered
 * before the job says `queued`: ended in between, the job is still `created` and can be started again, and a second
 * order of the run finds nothing to do.
 */
export async function start(
  deps: { store: BuiltinStore; runner: BuiltinRunner; clock: Clock },
  id: string,
): Promise<BuiltinJob | undefined> {
  const job = await deps.store.get(id);
  if (job?.status !== 'created') return job;
  await deps.runner.run(id, job.process);
  const { item } = await deps.store.update(id, rules.queue(deps.clock.now()));
  return item;
}

/**
 * Runs a job to its end. A run is delivered at least once: only the first of several begins, and one that broke off
 * goes on when the same run is delivered again. A job cancelled meanwhile stays cancelled.
 */
export async function run(
  deps: { store: BuiltinStore; outputs: OutputStore; clock: Clock; pause: Pause },
  id: string,
  runId: string,
): Promise<'finished' | 'error' | 'nothing'> {
  const { store, clock } = deps;
  const begun = await store.update(id, rules.begin(runId, clock.now()));
  if (!begun.ok) return 'nothing';
  const { pause = 0, fail, ...outputs } = begun.item.inputs as Control & Record<string, unknown>;
  const step = Math.min(lookSeconds, pause / 4);
  for (let passed = 0; passed < pause;) {
    const seconds = Math.min(step, pause - passed);
    await deps.pause.seconds(seconds);
    passed += seconds;
    const progress = Math.min(99, Math.round((passed / pause) * 100));
    if (!(await store.update(id, rules.advance(runId, progress, clock.now()))).ok) return 'nothing';
  }
  if (fail !== undefined) return (await store.update(id, rules.fail(runId, fail, clock.now()))).ok ? 'error' : 'nothing';
  const json = JSON.stringify(outputs);
  const where = json.length <= rules.inlineOutput ? { outputs } : { outputKey: await deps.outputs.write(id, json) };
  return (await store.update(id, rules.finish(runId, where, clock.now()))).ok ? 'finished' : 'nothing';
}
