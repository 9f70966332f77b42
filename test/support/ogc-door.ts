import { callSync } from '../../lambdas/dispatch/use-cases/call-sync.ts';
import { jobCore } from '../../lambdas/dispatch/use-cases/for-doors.ts';
import { pollLane } from '../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults } from '../../lambdas/dispatch/use-cases/results.ts';
import { valueFaults } from '../../lambdas/ogc/ajv.ts';
import type { Execute } from '../../lambdas/ogc/model.ts';
import type { Deps } from '../../lambdas/ogc/use-cases/deps.ts';
import { executeProcess } from '../../lambdas/ogc/use-cases/execute.ts';
import type { Problem } from '../../lambdas/shared/problem.ts';
import { memoryPackages } from './memory-packages.ts';
import { world } from './world.ts';

export const url = 'https://api.example';

/** The door over the job core in memory. While the door waits, `meanwhile` happens on the platform. */
export function door() {
  const w = world({ settings: { pollMinSeconds: 1, watchSeconds: 1 } });
  w.remote.described['echo'] = { title: 'Echo', inputs: [{ name: 'text', optional: true, schema: { type: 'string' } }] };
  let meanwhile: (() => Promise<void>)[] = [];
  const deps: Deps = {
    catalogue: {
      platforms: async () => [w.platform],
      list: () => w.remote.listProcesses(),
      describe: (_, process) => w.remote.describe(process),
    },
    packages: memoryPackages().store,
    jobs: jobCore(w.deps, async () => w.platform),
    judges: { values: valueFaults, url: () => undefined, callback: (uri) => (uri.startsWith('https:') ? undefined : 'not this one') },
    clock: w.deps.clock,
    wait: {
      pause: async (ms) => {
        w.pass(ms / 1000);
        await meanwhile.shift()?.();
      },
    },
    url,
  };
  /** The lane is served, and the synchronous call that it orders is made. */
  const call = async () => {
    await w.serve();
    const ordered = w.asked.find(({ what }) => what === 'sync')!;
    await callSync(w.deps, ordered.id, ordered.epoch!, () => new Promise(() => undefined));
  };
  const poll = async () => {
    w.pass(61);
    await pollLane(w.deps, w.laneId);
  };
  const finish = async (jobId: string, as: 'successful' | 'failed' = 'successful') => {
    w.remote.end(w.job(jobId).platformJobId!, as);
    await poll();
    await collectResults(w.deps, jobId);
  };
  const run = (
    execute: Partial<Execute> = {},
    prefer: { wait?: number; respondAsync?: boolean } = {},
    key?: string,
    handlers: string[] = [],
  ) =>
    executeProcess(deps, {
      handlers,
      viewer: { userId: 'alice', roles: ['user'] },
      processId: 'plat:echo',
      execute: { inputs: {}, ...execute },
      request: key === undefined ? undefined : { key, fingerprint: JSON.stringify(execute) },
      prefer: { respondAsync: false, ...prefer },
      offer: async () => undefined,
    });
  const start = async (execute: Partial<Execute> = {}, handlers: string[] = []): Promise<string> => {
    const { body } = await run(execute, { respondAsync: true }, undefined, handlers);
    await w.serve();
    return (body as { jobID: string }).jobID;
  };
  return { w, deps, call, poll, finish, run, start, later: (...steps: (() => Promise<void>)[]) => void (meanwhile = steps) };
}
export const problemOf = (work: Promise<unknown>): Promise<Problem> =>
  work.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: Problem) => error,
  );
