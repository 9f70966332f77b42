import type { Frame, JobChange, LiveJob } from '../../lambdas/live/model.ts';
import { liveJob } from '../../lambdas/live/rules/frames.ts';
import { liveTask } from '../../lambdas/live/rules/task-frames.ts';
import type { Task } from '../../lambdas/upscaling/model.ts';
import type { Cloud } from './cloud.ts';
import type { Violation } from './invariants.ts';
import type { LiveCloud } from './live.ts';
import type { TaskCloud } from './tasks.ts';
import { isOver, type Viewer } from './viewers.ts';

/** Looks at what is posted to somebody. */
export class Posts {
  private readonly owners = new Map<string, string>();
  /** Job or task and version to what it was then. */
  private readonly was = new Map<string, string>();
  /** Subject and number to what the frame said. */
  private readonly frames = new Map<string, string>();
  private readonly found: (violation: Violation) => void;

  constructor(found: (violation: Violation) => void) {
    this.found = found;
  }

  job({ after }: JobChange): void {
    if (after === undefined) return;
    this.owners.set(after.jobId, after.owner);
    this.was.set(`${after.jobId} ${after.version}`, after.status);
  }

  task({ taskId, version, owner, status }: Task): void {
    this.owners.set(taskId, owner);
    this.was.set(`${taskId} ${version}`, status);
  }

  check(owner: string, frame: Frame, text: string): void {
    if (frame.type !== 'status') return;
    const { upscaling_tasks: tasks, processing_jobs: jobs, removed = [] } = frame.data;
    const say = (invariant: string, what: string) => this.found({ invariant, what });
    for (const { id } of [...tasks, ...jobs, ...removed])
      if (this.owners.get(id) !== owner) say('10 nobody is sent what is not hers', `${id} to ${owner}`);
    for (const { id, version, phase } of jobs) {
      const was = this.was.get(`${id} ${version}`);
      if (was !== phase) say('10 what a frame tells was so', `${id} v${version} is ${phase}, was ${was}`);
    }
    const isOfLog = frame.delta && tasks.length + jobs.length + removed.length > 0;
    if (!isOfLog) return;
    const number = `${owner} ${frame.subject} ${frame.seq}`;
    const known = this.frames.get(number) ?? text;
    this.frames.set(number, known);
    if (known !== text) say('7 a number is one frame', `${number}: ${known} and ${text}`);
  }
}

/** As a watcher sees it: what only the core needs gives a new version, but no news. */
const looks = (it: object): string => {
  const entries = Object.entries(it).filter(([key, value]) => !['updated', 'version', 'asOf'].includes(key) && value !== undefined);
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};
const byId = (jobs: readonly LiveJob[]) => new Map(jobs.map((job) => [job.id, looks(job)]));

/** Looked at when nothing happens any more: a client that reconnects, and any other, converges. */
export function checkViewers(
  viewers: readonly Viewer[],
  { parked }: LiveCloud,
  cloud: Cloud,
  { tasks }: TaskCloud,
  found: (violation: Violation) => void,
): void {
  const owned = (owner: string) => [...cloud.jobs.values()].filter((job) => job.owner === owner && job.taskId === undefined);
  for (const viewer of viewers) {
    const say = (what: string) => found({ invariant: '7 a client shows what the table has', what: `${viewer.name}: ${what}` });
    if (!viewer.isHere) continue;
    for (const [name, shown] of viewer.shown()) {
      if (name === 'jobs') {
        const [is, shows] = [byId(owned(viewer.owner).map(liveJob)), byId(shown.jobs())];
        for (const [id, look] of is) if (shows.get(id) !== look && !parked.has(id)) say(`${id} is ${look}, shown ${shows.get(id)}`);
        for (const id of shows.keys()) if (!is.has(id) && !parked.has(id)) say(`${id} is gone, shown ${shows.get(id)}`);
        continue;
      }
      const task = tasks.get(name.slice('task:'.length));
      if (task?.owner !== viewer.owner || task.deleted || parked.has(task.taskId)) continue; // it says that there is none, or shows its end
      const hasEnded = shown.task !== undefined && isOver(shown.task) && shown.task.incarnation < task.incarnation;
      const [is, shows] = [looks(liveTask(task)), shown.task && looks(shown.task)];
      if (is !== shows && !hasEnded) say(`${name} is ${is}, shown ${shows}`);
    }
  }
}
