import { iso } from '../../shared/time/clock.ts';
import type { Job, JobRequest, Share, Template } from '../model.ts';
import type { LaneStore } from '../ports.ts';
import { childOf, type Family } from '../rules/children.ts';
import { laneOf } from '../rules/lane.ts';
import { readableKey, unreadable } from '../rules/references.ts';
import { jobFolder } from '../rules/stac.ts';
import { retry } from '../rules/writes.ts';
import { announce, placeOf, queuePosition } from './create-job.ts';
import type { Deps } from './deps.ts';
import { writeCancel } from './owned-jobs.ts';
import { pictureOf } from './pictures.ts';
import { readResults } from './results.ts';
import { offering, type Find, type Offer } from './service.ts';

/** Closes and opens the share of a task, as a version of the task says. */
export const closerOf =
  (lanes: Pick<LaneStore, 'closeTaskShare'>) =>
  ({ laneId, owner, taskId }: Pick<Family, 'laneId' | 'owner' | 'taskId'>, closed: Share['closed'], taskVersion: number): Promise<void> =>
    lanes.closeTaskShare(laneId, owner, taskId, closed, taskVersion);

/** Makes the lane due: somebody looks at it within a minute. */
export const wanterOf =
  (lanes: Pick<LaneStore, 'want'>) =>
  async ({ laneId, platformId }: Pick<Family, 'laneId' | 'platformId'>): Promise<void> =>
    void (await lanes.want(laneId, platformId));

/** What the job core does for upscaling tasks: their jobs are jobs like any other, written by the chunk. */
export function childrenOf(deps: Deps, find: Find) {
  const cancelJobs = async (jobs: readonly Job[]): Promise<void> => {
    const looks = new Map<string, string>();
    await each(jobs, async (job) => {
      const { look } = await writeCancel(deps, job);
      if (look !== undefined) looks.set(`${job.laneId} ${look}`, job.laneId);
    });
    for (const [key, laneId] of looks) await deps.wakers.later(laneId, key.endsWith(' run') ? 'run' : 'poll', 0);
  };
  return {
    async place(owner: string, request: JobRequest, offer: Offer): Promise<Pick<Job, 'laneId' | 'platformId' | 'deadline'>> {
      const platform = await placeOf(deps, owner, request, offering(find, offer));
      const deadline = iso(deps.clock.now() + platform.deadlineHours * 3_600_000);
      return { laneId: laneOf(platform, owner), platformId: platform.id, deadline };
    },
    /** References of a value that its owner may not use, as faults. */
    unreadable: (owner: string, value: unknown, pointer: string) => unreadable(value, deps.workspace.bucket, owner, pointer),
    /** The key of a reference to a file of the owner's own workspace, else undefined. */
    ownFile(owner: string, uri: string): string | undefined {
      const key = readableKey(uri, deps.workspace.bucket, owner);
      return key?.startsWith('users/') ? key : undefined;
    },
    keepTemplate: (owner: string, template: Template) => deps.jobs.keepTemplate(owner, template),
    template: (taskId: string) => deps.jobs.template(taskId),
    announce: (family: Family) => announce(deps, family),
    writeJobs: (family: Family, first: number, values: readonly unknown[], isCancelled: boolean) =>
      deps.jobs.createChildren(values.map((value, n) => childOf(family, first + n, value, deps.clock.now(), isCancelled))),
    jobs: (taskId: string, chunk: number) => deps.jobs.children(taskId, chunk),
    closeShare: closerOf(deps.lanes),
    want: wanterOf(deps.lanes),
    /** Work has come back: the lane is due, the shares are open, a runner comes. */
    async wake(family: Family): Promise<void> {
      await announce(deps, family);
      await deps.wakers.later(family.laneId, 'run', 0);
    },
    /** Flags every job of the task that a submitter or a platform has in hand: no start is sent after that. */
    async cancelActive({ laneId, taskId }: Pick<Family, 'laneId' | 'taskId'>): Promise<void> {
      await cancelJobs((await deps.jobs.active(laneId)).filter((job) => job.taskId === taskId));
    },
    cancelJobs,
    /** Runs jobs that ended before `since` again. Those that ran again meanwhile are left alone. */
    async retryJobs(family: Family, jobs: readonly Job[], since: string): Promise<void> {
      const platform = await deps.platform(family.platformId);
      if (platform === undefined) return;
      const over = jobs.filter(({ status, finished }) => (status === 'failed' || status === 'dismissed') && finished! <= since);
      await each(over, async (job) => {
        const now = deps.clock.now();
        await deps.jobs.update(job, retry(job, iso(now), iso(now + platform.deadlineHours * 3_600_000)));
      });
    },
    /** Deletes finished jobs and their results. */
    deleteJobs: (jobs: readonly Job[]) =>
      each(jobs, async (job) => {
        if (await deps.jobs.delete(job.jobId)) await deps.workspace.remove(job.owner, jobFolder(job.jobId));
      }),
    async deleteTemplate(owner: string, taskId: string): Promise<void> {
      await deps.jobs.deleteTemplate(taskId);
      await deps.workspace.remove(owner, jobFolder(taskId));
      await deps.workspace.remove(owner, `tasks/${taskId}/`);
    },
    /** The STAC Item of a job's results; `working`: its platform is asked for links that it signs for a while. */
    results: (job: Job, self: string, links: 'working' | 'known') => readResults(deps, job, self, { links }),
    /** The picture among a job's results, and where it lies. */
    picture: (job: Job) => pictureOf(deps, job),
    position: (job: Job) => queuePosition(deps, job),
    /** The task could run again: its platform is registered, and runs jobs under the account that it did. */
    async isRegistered({ platformId, laneId, owner }: Pick<Job, 'platformId' | 'laneId' | 'owner'>): Promise<boolean> {
      const platform = await deps.platform(platformId);
      return platform !== undefined && laneOf(platform, owner) === laneId;
    },
  };
}

/** Jobs that are written at the same time. */
const atOnce = 32;
async function each(jobs: readonly Job[], act: (job: Job) => Promise<void>): Promise<void> {
  const rest = [...jobs];
  const worker = async () => {
    for (let job = rest.shift(); job !== undefined; job = rest.shift()) await act(job);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker));
}
