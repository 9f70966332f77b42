import type { Job, Lane, RequestRecord, Share, Spec } from '../../lambdas/dispatch/model.ts';
import type { JobStore, LaneStore } from '../../lambdas/dispatch/ports.ts';
import { iso, ms, type Clock } from '../../lambdas/shared/time/clock.ts';
import { applied } from './memory-table.ts';

const byId = (a: Job, b: Job) => (a.jobId < b.jobId ? -1 : 1);

/** The job store in memory; `onChange` sees every change in order, as the table's stream does. */
export function memoryJobs(onChange: (before: Job | undefined, after: Job | undefined) => void = () => undefined) {
  const jobs = new Map<string, Job>();
  const specs = new Map<string, Spec>();
  const requests = new Map<string, RequestRecord>();
  const store: JobStore = {
    create: async (job, spec, request) => {
      const known = request && requests.get(`${request.owner} ${request.key}`);
      const counts = known !== undefined && known.expires > Math.floor(ms(request!.created) / 1000);
      if (jobs.has(job.jobId) || counts) return false;
      if (request) requests.set(`${request.owner} ${request.key}`, request);
      jobs.set(job.jobId, job);
      specs.set(job.jobId, spec);
      onChange(undefined, job);
      return true;
    },
    get: async (jobId) => jobs.get(jobId),
    spec: async (jobId) => specs.get(jobId),
    specs: async (jobIds) =>
      new Map(
        jobIds.flatMap((jobId) => {
          const spec = specs.get(jobId);
          if (spec === undefined) return [];
          return [[jobId, JSON.stringify(spec.parameters).length > 8192 ? { ...spec, parameters: {} } : spec]];
        }),
      ),
    request: async (owner, key) => requests.get(`${owner} ${key}`),
    update: async (ref, write) => {
      const before = jobs.get(ref.jobId);
      if (before === undefined) return { ok: false, item: undefined };
      const after = applied(before, { ...write, increment: { ...write.increment, version: 1 } });
      if (after === undefined) return { ok: false, item: before };
      jobs.set(ref.jobId, after);
      onChange(before, after);
      return { ok: true, item: after };
    },
    listOwned: async (owner, filter, limit, cursor) => {
      const all = [...jobs.values()]
        .filter((job) => job.owner === owner)
        .filter((job) => !filter.status || filter.status.includes(job.status))
        .filter((job) => !filter.platformId || filter.platformId === job.platformId)
        .toSorted((a, b) => -byId(a, b));
      const from = cursor === undefined ? 0 : all.findIndex((job) => job.jobId === cursor) + 1;
      const items = all.slice(from, from + limit);
      return { items, ...(from + limit < all.length ? { cursor: items.at(-1)!.jobId } : {}) };
    },
    queued: async (laneId, share, limit) =>
      [...jobs.values()]
        .filter((job) => job.laneId === laneId && job.owner === share && job.status === 'queued')
        .toSorted(byId)
        .slice(0, limit),
    active: async (laneId) =>
      [...jobs.values()]
        .filter(
          (job) => job.laneId === laneId && job.status !== 'queued' && (job.rank < 90 || (job.status === 'successful' && !job.resultsAt)),
        )
        .toSorted(byId),
    delete: async (jobId) => {
      const before = jobs.get(jobId);
      if (before === undefined || before.rank !== 90) return false;
      jobs.delete(jobId);
      specs.delete(jobId);
      onChange(before, undefined);
      return true;
    },
  };
  return { store, jobs };
}

export function memoryLanes(clock: Clock) {
  const lanes = new Map<string, Lane>();
  const shares = new Map<string, Share & { laneId: string }>();
  const posts = new Map<string, { laneId: string; process: string; slot: string }>();
  const store: LaneStore = {
    get: async (laneId) => lanes.get(laneId),
    want: async (laneId, platformId) => {
      const before = lanes.get(laneId);
      const lane: Lane = {
        ...(before ?? { laneId, wanted: 0 }),
        platformId,
        wanted: (before?.wanted ?? 0) + 1,
        wantedAt: iso(clock.now()),
        due: 'due',
      };
      lanes.set(laneId, lane);
      return lane;
    },
    update: async (laneId, write) => {
      const before = lanes.get(laneId);
      const after = before && applied(before, write);
      if (after === undefined) return { ok: false, item: before };
      lanes.set(laneId, after);
      return { ok: true, item: after };
    },
    openShare: async (laneId, share) => {
      const key = `${laneId} ${share}`;
      const pass = Math.max(shares.get(key)?.pass ?? 0, lanes.get(laneId)?.virtual ?? 0);
      shares.set(key, { laneId, share, pass, wantedAt: iso(clock.now()) });
    },
    shares: async (laneId) =>
      [...shares.values()].filter((share) => share.laneId === laneId).map(({ share, pass, wantedAt }) => ({ share, pass, wantedAt })),
    advanceShare: async (laneId, share, jobs) => {
      const key = `${laneId} ${share}`;
      const before = shares.get(key);
      if (before !== undefined) shares.set(key, { ...before, pass: before.pass + jobs });
    },
    closeShare: async (laneId, share, wantedAt) => {
      if (shares.get(`${laneId} ${share}`)?.wantedAt === wantedAt) shares.delete(`${laneId} ${share}`);
    },
    due: async () => [...lanes.values()].filter((lane) => lane.due !== undefined).map((lane) => lane.laneId),
    all: async () => [...lanes.keys()],
    takePost: async (laneId, process, slot) => {
      const key = `${laneId} ${process}`;
      const holder = posts.get(key);
      if (holder !== undefined && holder.slot !== slot) return false;
      posts.set(key, { laneId, process, slot });
      return true;
    },
    endPost: async (laneId, process, slot) => {
      if (posts.get(`${laneId} ${process}`)?.slot === slot) posts.delete(`${laneId} ${process}`);
    },
    posts: async (laneId) => [...posts.values()].filter((post) => post.laneId === laneId).map(({ process, slot }) => ({ process, slot })),
  };
  return { store, lanes };
}
