import { childrenOf } from '../../lambdas/dispatch/use-cases/children.ts';
import type { Deps as CoreDeps } from '../../lambdas/dispatch/use-cases/deps.ts';
import type { ChunksChanged } from '../../lambdas/shared/events/events.ts';
import type { Task } from '../../lambdas/upscaling/model.ts';
import type { Deps } from '../../lambdas/upscaling/use-cases/deps.ts';
import { taskEventsOf, type TaskChange } from '../../lambdas/upscaling/rules/events.ts';
import { followTasks } from '../../lambdas/upscaling/use-cases/follow-task.ts';
import { recount } from '../../lambdas/upscaling/use-cases/recount.ts';
import { sweepTasks } from '../../lambdas/upscaling/use-cases/sweep.ts';
import { planWork, settleWork, workChunk } from '../../lambdas/upscaling/use-cases/work.ts';
import { read, run, type Machine } from '../support/asl.ts';
import { memoryTasks, memoryValues } from '../support/memory-tasks.ts';
import type { Cloud } from './cloud.ts';
import { mortal, retried, strikes, type Process, type Stage } from './process.ts';

const machine = read<Machine>('upscaling/upscale-task.asl.json');
const functionSeconds = 60;
/** The attempts and pauses of the file's retriers, which the driver does not play. */
const attempts = 7;
const mostReceives = 5;

/** What tasks need of the deployment. */
type TaskHost = Pick<Cloud, 'invoke' | 'onRecount' | 'onRedrive' | 'registry'>;

/** The part of the deployment that serves tasks: table and stream, the state machine, the queue of recounts. */
export class TaskCloud {
  readonly tasks: Map<string, Task>;
  readonly changes: (TaskChange & { after: Task })[] = [];
  readonly published = new Set<string>();
  readonly store: Deps['tasks'];
  private readonly values = memoryValues();
  private readonly names = new Set<string>();
  private readonly dead: ChunksChanged[] = [];
  private readonly parked: TaskChange[] = [];
  /** Functions that write jobs just now, by their task. */
  private readonly writers = new Map<string, Set<Process>>();
  /** Called with every write of a task. */
  onChange: (change: TaskChange & { after: Task }) => void = () => undefined;
  /** Called when the share of a task is not what the task says until people drive a parked record again. */
  onShareParked: (taskId: string) => void = () => undefined;
  /** Called when a function works for an execution whose work is another's by now. */
  onStranger: (what: string) => void = () => undefined;
  private readonly stage: Stage;
  private readonly cloud: TaskHost;

  constructor(stage: Stage, cloud: TaskHost) {
    [this.stage, this.cloud] = [stage, cloud];
    const { store, tasks } = memoryTasks((before, after) => this.changed({ before, after }));
    [this.store, this.tasks] = [store, tasks];
    cloud.onRecount = (notice) => this.notice(notice, 1);
    cloud.onRedrive = () => {
      for (const notice of this.dead.splice(0)) this.notice(notice, 1);
      for (const change of this.parked.splice(0)) this.follow(change);
    };
  }

  /** Runs a function that works with tasks. */
  invoke<T>(name: string, body: (deps: Deps, process: Process) => Promise<T>, seconds = functionSeconds): Promise<T> {
    return this.cloud.invoke(name, seconds, async (core, process) => {
      try {
        return await body(this.deps(core, process), process);
      } finally {
        for (const writers of this.writers.values()) writers.delete(process);
      }
    });
  }

  private deps(core: CoreDeps, process: Process): Deps {
    return {
      tasks: process.wrapped(this.store, 'tasks'),
      values: Object.assign(process.wrapped(this.values, 'values'), {
        read: (...[owner, taskId, from, to]: Parameters<Deps['values']['read']>) => {
          this.onWriting(taskId, process.name);
          this.writers.set(taskId, (this.writers.get(taskId) ?? new Set()).add(process));
          return process.call('values.read', () => this.values.read(owner, taskId, from, to));
        },
        write: (...[owner, taskId, lines]: Parameters<Deps['values']['write']>) => {
          const all = [...lines]; // they come once, also where the SDK sends them again
          return process.call('values.write', () => this.values.write(owner, taskId, all));
        },
      }),
      core: childrenOf(core, async (endpoint) => this.cloud.registry.lately(endpoint)),
      starter: { start: (taskId, work) => process.call('startTask', () => this.start(taskId, work)) },
      clock: core.clock,
      settings: core.settings,
      ids: core.ids,
    };
  }

  private changed(change: TaskChange & { after: Task }): void {
    const { status, counts, work, paused, fault, cancelRequested, incarnation, version } = change.after;
    const facts = { work, paused, fault, cancelRequested, counts: counts && JSON.stringify(counts) };
    const more = Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${String(value)}`]));
    this.stage.note('tasks', `${change.after.taskId}.${incarnation} v${version} ${status} ${more.join(' ')}`);
    this.changes.push(change);
    this.onChange(change);
    this.stage.overtaken?.changed(`tasks ${change.after.taskId}`, change.after);
    const times = strikes(this.stage, 'duplicate') ? 2 : 1;
    for (let n = 0; n < times; n += 1) this.stage.time.plan(50 + this.stage.draw('latency') * 500, () => this.follow(change));
  }

  /** A function of an execution begins to write jobs. */
  private onWriting(taskId: string, name: string): void {
    const task = this.tasks.get(taskId);
    if (task !== undefined && !name.includes(` of work ${task.workNumber}#`)) this.onStranger(`${name} writes jobs of ${taskId}`);
  }

  /** A function of the execution before writes jobs while the work is taken up. */
  isTakenFromLiving({ before, after }: TaskChange & { after: Task }): boolean {
    const isTakenUp = before?.work !== undefined && before.work === after.work && before.workNumber !== after.workNumber;
    return isTakenUp && [...(this.writers.get(after.taskId) ?? [])].some(({ isOver }) => !isOver);
  }

  private publish(changes: readonly TaskChange[]): TaskChange[] {
    for (const { id } of changes.flatMap(taskEventsOf)) this.published.add(id);
    return [];
  }

  private follow(change: TaskChange): void {
    this.invoke('on-task-change', (deps, process) =>
      followTasks(
        {
          ...deps,
          publish: (changes) => process.call('publish', () => this.publish(changes)),
          park: async (one, reason) => {
            this.stage.note('on-task-change', `parks: ${reason}`);
            this.parked.push(one);
            if (reason.startsWith('share')) this.onShareParked(one.after!.taskId);
          },
        },
        [change],
      ),
    ).catch(() => this.stage.time.plan(1000, () => this.follow(change)));
  }

  /** An execution has a name that no other ever has. */
  private start(taskId: string, work: number): void {
    const name = `${taskId}-${work}`;
    if (this.names.has(name)) return;
    this.names.add(name);
    this.stage.time.plan(50 + this.stage.draw('latency') * 500, () => void this.walk(taskId, work, name));
  }

  private async walk(taskId: string, workNumber: number, name: string): Promise<void> {
    const functions = {
      PlanFunction: () => retried(this.stage, attempts, 2, () => this.invoke('plan', (deps) => planWork(deps, taskId, workNumber))),
      ChunkFunction: ({ chunk }: Record<string, unknown>) =>
        retried(this.stage, attempts, 2, async () => {
          const work = (deps: Deps) => workChunk(deps, taskId, workNumber, chunk as number);
          await this.invoke(`chunk ${String(chunk)} of work ${workNumber}`, work, this.stage.settings.chunkSeconds);
          return { outcome: 'done' };
        }),
      SettleFunction: ({ fault }: Record<string, unknown>) =>
        retried(this.stage, attempts, 2, async () => {
          await this.invoke('settle', (deps) => settleWork(deps, taskId, workNumber, fault as string | undefined));
          return { outcome: 'settled' };
        }),
    };
    const ended = await run(machine, { taskId, workNumber }, mortal(this.stage, name, functions), {
      Name: name,
      StartTime: new Date(this.stage.time.now).toISOString(),
    });
    if (ended.status === 'failed') this.stage.note(name, `FAILED ${ended.cause ?? ''}`);
  }

  /** Every minute: work that stands still is taken up. Ticks may be missed or doubled. */
  startSweeps(): void {
    this.stage.time.plan(60_000, () => {
      this.startSweeps();
      if (strikes(this.stage, 'tick')) return;
      const times = strikes(this.stage, 'tick') ? 2 : 1;
      for (let n = 0; n < times; n += 1) this.invoke('on-sweep', (deps, process) => this.sweep(deps, process)).catch(() => undefined);
    });
  }

  private sweep(deps: Deps, process: Process): Promise<number> {
    return sweepTasks({
      ...deps,
      recount: (notice) => process.call('recount', () => this.notice(notice, 1)),
      report: (message, fields) => this.stage.note(process.name, `REPORTS ${message} ${JSON.stringify(fields)}`),
    });
  }

  /** A message of the recounts queue: at times twice or late, and after five receives in the dead letters. */
  private notice(notice: ChunksChanged, receives: number): void {
    const times = strikes(this.stage, 'duplicate') ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      const late = strikes(this.stage, 'delayed') ? this.stage.draw('delayed') * 300_000 : 0;
      this.stage.time.plan(2000 + late, () => {
        this.invoke('on-recount', (deps) => recount(deps, notice.taskId, [notice])).catch(() => {
          if (receives < mostReceives) this.stage.time.plan(functionSeconds * 1000, () => this.notice(notice, receives + 1));
          else this.dead.push(notice);
        });
      });
    }
  }
}
