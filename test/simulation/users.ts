import { createJobOnce } from '../../lambdas/dispatch/use-cases/create-once.ts';
import { cancelJob, deleteJob, ownedJob } from '../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { retryJob } from '../../lambdas/dispatch/use-cases/retry-job.ts';
import type { Job } from '../../lambdas/dispatch/model.ts';
import type { Deps } from '../../lambdas/dispatch/use-cases/deps.ts';
import { watchLane } from '../../lambdas/dispatch/use-cases/watch-lane.ts';
import type { RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import { Problem } from '../../lambdas/shared/problem.ts';
import type { Cloud } from './cloud.ts';
import type { Stage } from './process.ts';

const apiSeconds = 30;
/** How often somebody acts on what is about to be written. */
export const meddling = 0.3;

export interface Wishes {
  /** Jobs in all. */
  jobs: number;
  /** Milliseconds within which they are sent. */
  within: number;
  /** Part of an hour within which they do the rest. */
  scale: number;
  /** Parts of the jobs that are cancelled, run again when they failed, deleted when they ended. */
  cancels: number;
  retries: number;
  deletes: number;
  /** What becomes of a job of which nobody can tell whether its platform took it. */
  onAmbiguous: 'hold' | 'resubmit' | 'fail';
}

/** People: they send jobs to platforms and cancel, retry and delete some; a request without an answer is sent again with its key. */
export class Users {
  readonly accepted = new Set<string>();
  readonly deleted = new Set<string>();
  readonly byKey = new Map<string, Set<string>>();
  /** Requests that still go on. */
  busy = 0;
  /** What one user saw of another's. */
  readonly leaks: string[] = [];
  private readonly stage: Stage;
  private readonly random = (): number => this.stage.draw('users');
  private readonly cloud: Cloud;
  private readonly entries: readonly RegisteredPlatform[];

  constructor(stage: Stage, cloud: Cloud, entries: readonly RegisteredPlatform[]) {
    this.stage = stage;
    this.cloud = cloud;
    this.entries = entries;
  }

  /** Plans everything that they will do. */
  begin(wishes: Wishes): void {
    const { random, stage } = this;
    const { time } = stage;
    for (let n = 0; n < wishes.jobs; n += 1) {
      const platform = this.entries[Math.floor(random() * this.entries.length)]!;
      const owner = random() < 0.7 ? 'alice' : 'bob';
      this.busy += 1;
      const at = random() * wishes.within;
      time.plan(at, () => this.send(owner, platform, `key-${n}`, wishes, 1));
      // An impatient client sends the same request twice at once.
      if (random() < 0.1) this.sendAgain(owner, platform, `key-${n}`, wishes, at + random() * 100);
    }
  }

  private send(owner: string, platform: RegisteredPlatform, key: string, wishes: Wishes, tries: number): void {
    const { random, stage } = this;
    const { time } = stage;
    const process = random() < 0.5 ? 'ndvi' : 'ships';
    const request = {
      title: key,
      label: platform.kind === 'openeo' ? ('openeo' as const) : ('ogc_api_process' as const),
      service: { endpoint: platform.id, application: process },
      parameters: {},
      format: 'json' as const,
      ...(wishes.onAmbiguous === 'hold' ? {} : { onAmbiguous: wishes.onAmbiguous }),
      ...(random() < 0.2 ? { results: 'copy' as const } : {}),
    };
    const how = random() < (stage.theme === 'callers' ? 0.7 : 0.15) ? 'sync' : 'async';
    const find = async () => this.cloud.registry.lately(platform.id);
    this.cloud
      .invoke(`POST ${key}`, apiSeconds, (deps) => createJobOnce(deps, owner, request, find, { key, fingerprint: key }, how))
      .then(
        ({ job }) => {
          this.busy -= 1;
          this.accepted.add(job.jobId);
          this.byKey.set(key, (this.byKey.get(key) ?? new Set()).add(job.jobId));
          this.stage.note(owner, `is told ${job.jobId} (${key})`);
          this.treat(owner, job.jobId, wishes);
          // Sometimes an answer that came is asked for again.
          if (random() < 0.1) this.sendAgain(owner, platform, key, wishes, random() * 60_000);
        },
        (error: unknown) => {
          const isFinal = error instanceof Problem && error.code === 'VALIDATION_ERROR'; // its platform is gone
          if (tries < 40 && !isFinal) time.plan(5000 + random() * 20_000, () => this.send(owner, platform, key, wishes, tries + 1));
          else this.busy -= 1;
        },
      );
  }

  private sendAgain(owner: string, platform: RegisteredPlatform, key: string, wishes: Wishes, afterMs: number): void {
    this.busy += 1;
    this.stage.time.plan(afterMs, () => this.send(owner, platform, key, { ...wishes, cancels: 0, retries: 0, deletes: 0 }, 1));
  }

  private treat(owner: string, jobId: string, wishes: Wishes): void {
    const { random } = this;
    if (random() < wishes.cancels)
      this.act(owner, `cancels ${jobId}`, random() * 900 * wishes.scale, (deps, job) => cancelJob(deps, job), jobId);
    if (random() < wishes.retries)
      for (const seconds of [random() * 1800 * wishes.scale, random() * 3600 * wishes.scale])
        this.act(owner, `retries ${jobId}`, seconds, (deps, job) => retryJob(deps, job), jobId);
    if (random() < 0.25) this.hands(owner, jobId, random() * 1800 * wishes.scale);
    if (random() < wishes.deletes)
      this.act(
        owner,
        `deletes ${jobId}`,
        random() * 3600 * wishes.scale,
        (deps, job) => deleteJob(deps, job),
        jobId,
        () => this.deleted.add(jobId),
      );
    // Two tabs of a browser look at the same moment.
    const [looks, at] = [random() < 0.2 ? 2 : 0, random() * 900 * wishes.scale];
    for (let n = 0; n < looks; n += 1) this.act(owner, `looks at ${jobId}`, at, (deps, job) => watchLane(deps, job.laneId), jobId);
    if (random() < 0.1) this.pry(owner === 'alice' ? 'bob' : 'alice', jobId);
  }

  /** Somebody acts on the job while a write of it is on its way. */
  meddle(jobId: string, isFocus: boolean): void {
    const job = this.cloud.jobs.get(jobId);
    if (job === undefined) return;
    if (isFocus) for (let n = 0; n < 4; n += 1) this.hand(job.owner, jobId, this.random() * 60);
    else if (this.random() < (this.stage.theme === 'meddlers' ? 1 : meddling)) this.hand(job.owner, jobId, this.random() * 2);
  }

  /** Whoever is told that a job waits for her decides, or not. */
  decide({ owner, jobId }: Job, scale: number): void {
    if (this.random() < 0.5) this.hands(owner, jobId, this.random() * 1500 * scale);
  }

  /** Of the jobs of a task, too, some are cancelled one by one. */
  ofTask({ owner, jobId }: Job, scale: number): void {
    if (this.random() < 0.05) this.hands(owner, jobId, this.random() * 900 * scale);
  }

  private hand(owner: string, jobId: string, seconds: number): void {
    const what = this.random();
    if (what < 0.35) this.act(owner, `cancels ${jobId}`, seconds, (deps, job) => cancelJob(deps, job), jobId);
    else if (what < 0.75) this.act(owner, `retries ${jobId}`, seconds, (deps, job) => retryJob(deps, job), jobId);
    else if (this.cloud.jobs.get(jobId)?.taskId === undefined)
      this.act(
        owner,
        `deletes ${jobId}`,
        seconds,
        (deps, job) => deleteJob(deps, job),
        jobId,
        () => this.deleted.add(jobId),
      );
  }

  /** Two or three hands at once, each of which does one thing or another. */
  private hands(owner: string, jobId: string, seconds: number): void {
    const count = 2 + Math.floor(this.random() * 2);
    for (let n = 0; n < count; n += 1) this.hand(owner, jobId, seconds + this.random() * 0.1);
  }

  private act(
    owner: string,
    what: string,
    seconds: number,
    how: (deps: Deps, job: Awaited<ReturnType<typeof ownedJob>>) => Promise<unknown>,
    jobId: string,
    begin?: () => void,
  ): void {
    this.busy += 1;
    this.stage.time.plan(seconds * 1000, () => {
      this.stage.note(owner, what);
      begin?.();
      this.cloud
        .invoke(what, apiSeconds, async (deps) => how(deps, await ownedJob(deps, owner, jobId)))
        .catch(() => undefined)
        .finally(() => (this.busy -= 1));
    });
  }

  private pry(stranger: string, jobId: string): void {
    this.cloud
      .invoke(`pry ${jobId}`, apiSeconds, (deps) => ownedJob(deps, stranger, jobId))
      .then(
        () => this.leaks.push(`${stranger} read ${jobId}`),
        (error: unknown) => {
          if (error instanceof Problem && error.status !== 404) this.leaks.push(`${stranger} was told of ${jobId}: ${error.code}`);
        },
      );
  }
}
