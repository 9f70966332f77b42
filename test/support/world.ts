import { createJob, type How } from '../../lambdas/dispatch/use-cases/create-job.ts';
import { leaveLane, takeLane, work } from '../../lambdas/dispatch/use-cases/serve-lane.ts';
import { Settings, type Job, type JobOrder, type JobRequest } from '../../lambdas/dispatch/model.ts';
import { laneOf } from '../../lambdas/dispatch/rules/lane.ts';
import { lanesToWake } from '../../lambdas/dispatch/rules/changes.ts';
import type { Deps } from '../../lambdas/dispatch/use-cases/deps.ts';
import { Platform, type RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import { memoryWorkspace } from './memory-workspace.ts';
import { memoryJobs, memoryLanes } from './memory-stores.ts';
import { MemoryPlatform } from './memory-platform.ts';

/** The job core on memory, with a clock that only moves when told to. */
export function world(options: { twoPhase?: boolean; platform?: Partial<Platform>; settings?: Partial<Settings> } = {}) {
  const time = { now: Date.parse('2026-03-01T00:00:00.000Z') };
  const clock = { now: () => time.now };
  const twoPhase = options.twoPhase ?? true;
  const entry = Platform.parse({
    id: 'plat',
    kind: 'ogc-processes',
    title: 'Platform',
    baseUrl: 'https://plat.example',
    exclusive: !twoPhase,
    ...options.platform,
  });
  const platform: RegisteredPlatform = { ...entry, state: 'active', version: 1 };
  const remote = new MemoryPlatform(clock, twoPhase);
  const changes: { before: Job | undefined; after: Job | undefined }[] = [];
  const { store: jobs, jobs: rows } = memoryJobs((before, after) => changes.push({ before, after }));
  const { store: lanes, lanes: laneRows } = memoryLanes(clock);
  const asked: {
    what: 'run' | 'poll' | 'news' | 'start' | 'collect' | 'copy' | 'audit' | 'sync';
    id: string;
    at: number;
    plannedFor?: string;
    next?: string;
    epoch?: number;
  }[] = [];
  const files = new Map<string, string>();
  const reported: object[] = [];
  const noted: object[] = [];
  const viewers = new Set<string>();
  const faults: { credential: string | undefined } = { credential: undefined };
  let ids = 0;
  const deps: Deps = {
    jobs,
    lanes,
    clock,
    wakers: {
      startRunner: async (id) => void asked.push({ what: 'start', id, at: time.now }),
      later: async (id, what, seconds, plannedFor) =>
        void asked.push({ what, id, at: time.now + seconds * 1000, ...(plannedFor ? { plannedFor } : {}) }),
      news: async (id, toldAt, seconds) => void asked.push({ what: 'news', id, at: time.now + seconds * 1000, plannedFor: toldAt }),
      audit: async (id, next, seconds) => void asked.push({ what: 'audit', id, at: time.now + seconds * 1000, ...(next ? { next } : {}) }),
      callSync: async (id, epoch) => void asked.push({ what: 'sync', id, at: time.now, epoch }),
      collect: async (id, seconds) => void asked.push({ what: 'collect', id, at: time.now + seconds * 1000 }),
      copyResults: async (id) => void asked.push({ what: 'copy', id, at: time.now }),
    },
    workspace: memoryWorkspace(files),
    links: new Map(),
    ids: { next: () => `job-${String((ids += 1)).padStart(6, '0')}` },
    random: { next: () => 0.5 },
    settings: Settings.parse(options.settings ?? {}),
    hasViewers: async (jobs) => jobs.some(({ owner, taskId }) => viewers.has(taskId ?? owner)),
    note: (message, fields) => void noted.push({ message, ...fields }),
    report: (message, fields) => reported.push({ message, ...fields }),
    deployment: 'test',
    platform: async (id) => (id === platform.id ? platform : undefined),
    client: () => remote,
    credentialFault: async () => faults.credential,
  };
  const laneId = laneOf(platform, 'alice');
  return {
    deps,
    time,
    remote,
    platform,
    changes,
    asked,
    files,
    reported,
    noted,
    /** Users who watch live. */
    viewers,
    /** Why the credential of the lane does not work. */
    faults,
    laneId,
    /** Seconds pass. */
    pass: (seconds: number) => void (time.now += seconds * 1000),
    job: (jobId: string) => rows.get(jobId)!,
    lane: () => laneRows.get(laneId)!,
    /** A user sends a job, and the stream tells its lane. */
    async send(
      owner = 'alice',
      process = 'echo',
      parameters: Record<string, unknown> = {},
      more: Pick<JobOrder, 'onAmbiguous' | 'deployed'> = {},
      how: How = 'async',
      label: JobRequest['label'] = 'ogc_api_process',
    ): Promise<Job> {
      const job = await createJob(
        deps,
        owner,
        {
          title: 'A job',
          label,
          service: { endpoint: 'plat', application: process },
          parameters,
          format: 'json',
          ...more,
        },
        async () => platform,
        how,
      );
      for (const [lane, id] of lanesToWake([{ before: undefined, after: job }])) await lanes.want(lane, id);
      return job;
    },
    /** One runner serves the lane once: take, all workers, leave. */
    async serve(runnerId = `run-${time.now}`) {
      const taken = await takeLane(deps, laneId, runnerId);
      if (taken.outcome !== 'taken') return { taken: taken.outcome };
      const results = await Promise.all(taken.workers.map(({ worker }) => work(deps, laneId, runnerId, worker)));
      const left = await leaveLane(deps, laneId, runnerId, { startedAt: time.now, results });
      return { taken: taken.outcome, left: left.outcome, results };
    },
  };
}
