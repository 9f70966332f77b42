import type { RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import { isOver, type Task } from '../../lambdas/upscaling/model.ts';
import { deleteTask, pauseTask, resumeTask, retryTask } from '../../lambdas/upscaling/use-cases/control.ts';
import { cancelTask } from '../../lambdas/upscaling/use-cases/stop.ts';
import { createTask } from '../../lambdas/upscaling/use-cases/create-task.ts';
import type { Deps } from '../../lambdas/upscaling/use-cases/deps.ts';
import { ownedTask } from '../../lambdas/upscaling/use-cases/owned-tasks.ts';
import { Problem } from '../../lambdas/shared/problem.ts';
import type { Stage } from './process.ts';
import type { TaskCloud } from './tasks.ts';
import { meddling } from './users.ts';

type Act = (deps: Deps, task: Task) => Promise<unknown>;
const acts: readonly [what: string, how: Act][] = [
  ['pauses', pauseTask],
  ['resumes', resumeTask],
  ['cancels', cancelTask],
  ['retries', retryTask],
  ['deletes', deleteTask],
];

/** People with tasks: they send one or two, and pause, resume, cancel and retry them. */
export class TaskUsers {
  /** Task ids by the key of their request. */
  readonly byKey = new Map<string, Set<string>>();
  busy = 0;
  private readonly stage: Stage;
  private readonly random = (): number => this.stage.draw('users');
  private readonly cloud: TaskCloud;
  private readonly entries: readonly RegisteredPlatform[];

  constructor(stage: Stage, cloud: TaskCloud, entries: readonly RegisteredPlatform[]) {
    [this.stage, this.cloud, this.entries] = [stage, cloud, entries];
  }

  begin(count: number, within: number, scale: number): void {
    const { random, stage } = this;
    const { time } = stage;
    for (let n = 0; n < count; n += 1) {
      const platform = this.entries[Math.floor(random() * this.entries.length)]!;
      this.busy += 1;
      time.plan(random() * within, () => this.send(platform, `task-${n}`, scale, 3 + Math.floor(random() * 12), 1));
    }
  }

  /** Whoever paused a task comes back to it in the end. */
  resumeAll(): void {
    for (const { owner, taskId, status, cancelRequested } of this.cloud.tasks.values()) {
      if (isOver(status)) continue;
      // They do this for ever: nobody need wait for it.
      if (cancelRequested) void this.ask(owner, 'cancels again', taskId, cancelTask);
      else void this.ask(owner, 'resumes', taskId, resumeTask);
    }
  }

  private send(platform: RegisteredPlatform, key: string, scale: number, size: number, tries: number): void {
    const { random, stage } = this;
    const { time } = stage;
    const request = {
      title: key,
      label: platform.kind === 'openeo' ? ('openeo' as const) : ('ogc_api_process' as const),
      service: { endpoint: platform.id, application: 'ndvi' },
      parameters: {},
      format: 'json' as const,
      dimension: { name: 'tile', values: Array.from({ length: size }, (_, n) => n) },
      ...(random() < 0.3 ? { onAmbiguous: random() < 0.5 ? ('resubmit' as const) : ('fail' as const) } : {}),
      ...(random() < (stage.theme === 'canaries' ? 1 : 0.3) ? { canary: 1 + Math.floor(random() * 3) } : {}),
      ...(random() < 0.3
        ? { maxFailures: Math.floor(random() * 3), onFailure: random() < 0.5 ? ('pause' as const) : ('stop' as const) }
        : {}),
    };
    this.cloud
      .invoke(`POST ${key}`, (deps) => createTask(deps, 'alice', request, { key, fingerprint: key }))
      .then(
        ({ task }) => {
          this.busy -= 1;
          this.byKey.set(key, (this.byKey.get(key) ?? new Set()).add(task.taskId));
          this.stage.note('alice', `is told task ${task.taskId} (${key})`);
          this.treat(task, scale);
        },
        (error: unknown) => {
          const isFinal = error instanceof Problem && error.code === 'VALIDATION_ERROR'; // its platform is gone
          if (tries < 40 && !isFinal) time.plan(5000 + random() * 20_000, () => this.send(platform, key, scale, size, tries + 1));
          else this.busy -= 1;
        },
      );
  }

  private treat({ owner, taskId }: Task, scale: number): void {
    const { random, stage } = this;
    const { time } = stage;
    const plan = (minutes: number, what: string, how: Act) => {
      this.busy += 1;
      time.plan(minutes * 60_000 * scale, () => {
        this.busy -= 1;
        this.act(owner, what, taskId, how);
      });
    };
    // Two hands at once.
    for (let n = random() < 0.3 ? 1 + Math.floor(random() * 3) : 0; n > 0; n -= 1) {
      const at = random() * 40;
      for (let hand = 0; hand < 2; hand += 1) plan(at, ...acts[Math.floor(random() * acts.length)]!);
    }
    if (random() < 0.3) plan(random() * 15, 'pauses', pauseTask);
    if (random() < 0.3) plan(random() * 30, 'resumes', resumeTask);
    if (random() < 0.2) plan(random() * 20, 'cancels', cancelTask);
    if (random() < 0.4) plan(random() * 60, 'retries', retryTask);
    if (random() < 0.2) plan(random() * 60, 'deletes', deleteTask);
  }

  /** Somebody acts on the task while a write of it is on its way. */
  meddle(taskId: string, isFocus = false): void {
    const task = this.cloud.tasks.get(taskId);
    if (task === undefined || (!isFocus && this.random() >= meddling)) return;
    for (let n = isFocus ? 4 : 1; n > 0; n -= 1) {
      const [what, how] = acts[Math.floor(this.random() * acts.length)]!;
      this.busy += 1;
      this.stage.time.plan(isFocus ? this.random() * 60_000 : 0, () => {
        this.busy -= 1;
        this.act(task.owner, what, taskId, how);
      });
    }
  }

  private act(owner: string, what: string, taskId: string, how: Act): void {
    this.busy += 1;
    void this.ask(owner, what, taskId, how).finally(() => (this.busy -= 1));
  }

  private ask(owner: string, what: string, taskId: string, how: Act): Promise<unknown> {
    this.stage.note(owner, `${what} task ${taskId}`);
    return this.cloud.invoke(`${what} ${taskId}`, async (deps) => how(deps, await ownedTask(deps, owner, taskId))).catch(() => undefined);
  }
}
