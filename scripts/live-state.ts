import type { Frame } from '../lambdas/live/model.ts';

type Status = Extract<Frame, { type: 'status' }>;
type Job = Status['data']['processing_jobs'][number];
type Task = Status['data']['upscaling_tasks'][number];
/** `seq`: of the frame that told it; without `job` it was deleted. */
interface Known {
  version: number;
  seq: number;
  job?: Job;
}

/** The jobs of a user, or a task and those of its jobs that were told, as frames tell them, in whatever order these come, and what to ask for when some were lost. */
export class LiveState {
  private readonly known = new Map<string, Known>();
  private readonly ahead = new Set<number>();
  private pages: Status[] = [];
  private readonly subject: string;
  /** The task that is the subject, once it was told. */
  task: Task | undefined;
  /** The last frame up to which all is known; 0 before the first full status. */
  since = 0;

  /** `subject`: `jobs`, or `task:<id>`. */
  constructor(subject = 'jobs') {
    this.subject = subject;
  }

  /** Takes a frame; true when the client should send `subscribe` with `since`, because something before it was lost. */
  take(frame: Frame): boolean {
    if (frame.type === 'pong') return (frame.subjects[this.subject] ?? 0) > this.since;
    if (frame.type !== 'status' || frame.subject !== this.subject) return false;
    for (const task of frame.data.upscaling_tasks) if ((this.task?.version ?? -1) <= task.version) this.task = task;
    if (!frame.delta) {
      this.page(frame);
      return false;
    }
    for (const job of frame.data.processing_jobs) this.learn(job.id, { version: job.version, seq: frame.seq, job });
    for (const { id, version } of frame.data.removed ?? []) this.learn(id, { version, seq: frame.seq });
    if (frame.seq > this.since) this.ahead.add(frame.seq);
    this.advance(this.since);
    return this.since > 0 && frame.seq > this.since;
  }

  jobs(): Job[] {
    return [...this.known.values()].flatMap(({ job }) => job ?? []);
  }

  private learn(id: string, news: Known): void {
    const { version = -1 } = this.known.get(id) ?? {};
    if (version <= news.version) this.known.set(id, news);
  }

  private advance(to: number): void {
    this.since = to;
    while (this.ahead.delete(this.since + 1)) this.since += 1;
  }

  /** A full status counts when its last page has come: what it does not have is gone, unless a later frame told of it. */
  private page(frame: Status): void {
    this.pages = (frame.page ?? 1) === 1 ? [frame] : [...this.pages, frame];
    const isWhole = this.pages.every((page, i) => (page.page ?? 1) === i + 1 && page.seq === frame.seq);
    if (frame.next !== undefined || !isWhole) return;
    const jobs = this.pages.flatMap(({ data }) => data.processing_jobs);
    const ids = new Set(jobs.map(({ id }) => id));
    if (!frame.data.truncated) for (const [id, { seq }] of this.known) if (!ids.has(id) && seq <= frame.seq) this.known.delete(id);
    for (const job of jobs) this.learn(job.id, { version: job.version, seq: frame.seq, job });
    this.advance(Math.max(this.since, frame.seq));
  }
}
