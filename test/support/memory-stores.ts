import { type Job, type Lane, type RequestRecord, type Share, type Spec, type Template } from '../../lambdas/dispatch/model.ts';
import type { JobStore, LaneStore, PostHolder } from '../../lambdas/dispatch/ports.ts';
import { iso, ms, type Clock } from '../../lambdas/shared/time/clock.ts';
import { childSpec } from '../../lambdas/dispatch/rules/children.ts';
import { shareOf, taskShare } from '../../lambdas/dispatch/rules/shares.ts';
import { byId, byPlace, isActive, JobIndex } from './job-index.ts';
import { applied } from './memory-table.ts';

/**
 * The job store in memory; `onChange` sees every change in order, as the table's stream does. `aged`: all jobs as the indexes see them where
 * these are old; undefined where they are not.
 */
export function memoryJobs(
  onChange: (before: Job | undefined, after: Job | undefined) => void = () => undefined,
  aged: (jobs: Iterable<Job>) => Iterable<Job> | undefined = () => undefined,
) {
  const jobs = new Map<string, Job>();
  const specs = new Map<string, Spec>();
  const templates = new Map<string, Template>();
  const requests = new Map<string, RequestRecord>();
  const index = new JobIndex();
  const changed = (before: Job | undefined, after: Job | undefined) => {
    if (after) jobs.set(after.jobId, after);
    else if (before) jobs.delete(before.jobId);
    index.change(before, after);
    onChange(before, after);
  };
  const store: JobStore = {
    create: async (job, spec, request) => {
      const known = request && requests.get(`${request.owner} ${request.key}`);
      const counts = known !== undefined && known.expires > Math.floor(ms(request!.created) / 1000);
      if (jobs.has(job.jobId) || counts) return false;
      if (request) requests.set(`${request.owner} ${request.key}`, request);
      specs.set(job.jobId, spec);
      changed(undefined, job);
      return true;
    },
    get: async (jobId) => jobs.get(jobId),
    spec: async ({ jobId, taskId, value }) => {
      if (taskId === undefined) return specs.get(jobId);
      const template = templates.get(taskId);
      return template && childSpec(template, jobId, JSON.parse(value ?? 'null'));
    },
    keepTemplate: async (_, template) => void templates.set(template.jobId, template),
    template: async (taskId) => templates.get(taskId),
    deleteTemplate: async (taskId) => void templates.delete(taskId),
    createChildren: async (children) => {
      for (const job of children) if (!jobs.has(job.jobId)) changed(undefined, job);
    },
    children: async (taskId, chunk) => [...index.chunk(taskId, chunk)].toSorted(byPlace),
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
      changed(before, after);
      return { ok: true, item: after };
    },
    listOwned: (owner, filter, limit, cursor) =>
      store.listAll({ ...filter, accepts: (job) => job.owner === owner && (filter.accepts?.(job) ?? true) }, limit, cursor),
    listAll: async (filter, limit, cursor) => {
      const all = [...(aged(jobs.values()) ?? jobs.values())]
        .filter((job) => job.taskId === undefined)
        .filter((job) => !filter.status || filter.status.includes(job.status))
        .filter((job) => !filter.platformId || filter.platformId === job.platformId)
        .filter((job) => filter.accepts?.(job) ?? true)
        .toSorted((a, b) => -byId(a, b));
      const from = cursor === undefined ? 0 : all.findIndex((job) => job.jobId === cursor) + 1;
      const items = all.slice(from, from + limit);
      return { items, ...(from + limit < all.length ? { cursor: items.at(-1)!.jobId } : {}) };
    },
    queued: async (laneId, share, limit) => {
      const old = aged(jobs.values());
      const all = old && [...old].filter((job) => job.laneId === laneId && shareOf(job) === share && job.status === 'queued');
      return (all?.toSorted(byPlace) ?? index.queued(laneId, share)).slice(0, limit);
    },
    active: async (laneId) => {
      const old = aged(jobs.values());
      const all = old ? [...old].filter((job) => job.laneId === laneId && isActive(job)) : [...index.active(laneId)];
      return all.toSorted(byId);
    },
    delete: async (jobId) => {
      const before = jobs.get(jobId);
      if (before === undefined || before.rank !== 90) return false;
      specs.delete(jobId);
      changed(before, undefined);
      return true;
    },
  };
  return { store, jobs };
}

/** Who was away comes back at this pass; who waited keeps her turn. */
const openedAt = (known: Pick<Share, 'pass'> | undefined, pass: number): number =>
  known === undefined || known.pass < pass - 1 ? pass : known.pass;

export function memoryLanes(clock: Clock) {
  const lanes = new Map<string, Lane>();
  const shares = new Map<string, Share & { laneId: string }>();
  const posts = new Map<string, { laneId: string; process: string } & PostHolder>();
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
      const pass = openedAt(shares.get(key), lanes.get(laneId)?.virtual ?? 0);
      shares.set(key, { ...shares.get(key), laneId, share, pass, wantedAt: iso(clock.now()) });
    },
    openTaskShare: async (laneId, owner, taskId) => {
      const share = taskShare(owner, taskId);
      const others = [...shares.values()].filter(
        (one) => one.laneId === laneId && one.share.startsWith(`${owner}#`) && one.share !== share,
      );
      const known = shares.get(`${laneId} ${share}`);
      const pass = openedAt(known, others.length === 0 ? 0 : Math.min(...others.map((one) => one.pass)));
      shares.set(`${laneId} ${share}`, { ...known, laneId, share, pass, wantedAt: iso(clock.now()) });
    },
    closeTaskShare: async (laneId, owner, taskId, closed, taskVersion) => {
      const share = taskShare(owner, taskId);
      const known = shares.get(`${laneId} ${share}`);
      if ((known?.taskVersion ?? 0) > taskVersion) return;
      const pass = known?.pass ?? 0;
      shares.set(`${laneId} ${share}`, { laneId, share, pass, taskVersion, wantedAt: iso(clock.now()), ...(closed ? { closed } : {}) });
    },
    isTaskClosed: async (laneId, owner, taskId) => shares.get(`${laneId} ${taskShare(owner, taskId)}`)?.closed !== undefined,
    shares: async (laneId) => [...shares.values()].flatMap(({ laneId: of, ...share }) => (of === laneId ? share : [])),
    advanceShare: async (laneId, share, jobs) => {
      const key = `${laneId} ${share}`;
      const before = shares.get(key);
      if (before !== undefined) shares.set(key, { ...before, pass: before.pass + jobs });
    },
    closeShare: async (laneId, share, wantedAt) => {
      const known = shares.get(`${laneId} ${share}`);
      if (known?.wantedAt === wantedAt && known.closed === undefined) shares.delete(`${laneId} ${share}`);
    },
    due: async () => [...lanes.values()].filter((lane) => lane.due !== undefined).map((lane) => lane.laneId),
    all: async () => [...lanes.keys()],
    takePost: async (laneId, process, holder) => {
      const key = `${laneId} ${process}`;
      const known = posts.get(key);
      if (known !== undefined && known.slot !== holder.slot) return false;
      posts.set(key, { laneId, process, ...holder });
      return true;
    },
    endPost: async (laneId, process, { slot, epoch }) => {
      const known = posts.get(`${laneId} ${process}`);
      if (known?.slot === slot && known.epoch === epoch) posts.delete(`${laneId} ${process}`);
    },
    posts: async (laneId) => [...posts.values()].flatMap(({ laneId: of, ...post }) => (of === laneId ? post : [])),
  };
  return { store, lanes, shares };
}
