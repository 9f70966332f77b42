import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import type { TaskDetail, TaskSummary } from '../../lambdas/upscaling/model.ts';
import { proxy } from '../support/control.ts';
import { drawFaults } from '../support/drawn-faults.ts';
import { FaultLine, type FaultKind } from '../support/fault-line.ts';
import { aTitle, jobBody, post } from '../support/jobs.ts';
import { api, aws, local } from '../support/local.ts';
import { hearTasks } from '../support/task-events.ts';
import { until } from '../support/until.ts';

/** `SWATH_FAULT_SEEDS=7` (or `7,19`) plays one of them alone. */
const asked = process.env['SWATH_FAULT_SEEDS'];
const seeds = asked === undefined ? Array.from({ length: 52 }, (_, n) => n + 1) : asked.split(',').map(Number);
/** On what a seed is played: always on the same, so that a seed that is played alone is played again. */
const kindOf = (seed: number): FaultKind => (seed % 4 === 3 ? 'ogc' : seed % 2 === 1 ? 'vito' : 'openeo');
/** Runs at the same time, each on a platform of its own: they mostly wait until what was lost can no longer take effect. */
const atOnce: Record<FaultKind, number> = { openeo: 4, vito: 2, ogc: 5 };
const waiting = Map.groupBy(seeds, kindOf);
const lines = [...waiting].flatMap(([kind, { length }]) =>
  Array.from({ length: Math.min(atOnce[kind], length) }, (_, n) => new FaultLine(kind, n)),
);
/** Of so many of the seeds, the first ones, the execution that writes the jobs of the task is stopped, too: they take longest. */
const stopped = 4;
/**
 * What faults leave behind is mended after a lease and a quarantine for each lost post, or the lease of a task's work and the start of another
 * execution.
 */
const mended = { within: 200, every: 1000, ticking: true };
/** Whoever sends a request sends it again until it is answered. */
const answered = { within: 100, every: 500 };

const told = new Map<number, Promise<void>>();
const tasks: { taskId: string; seed: number }[] = [];
let bus: Awaited<ReturnType<typeof hearTasks>>;

beforeAll(async () => {
  bus = await hearTasks(local());
  await Promise.all(lines.map((line) => line.open()));
  const ends = new Map(seeds.map((seed) => [seed, Promise.withResolvers<void>()]));
  for (const [seed, { promise }] of ends) {
    told.set(seed, promise);
    promise.catch(() => undefined); // the test below reports it
  }
  for (const line of lines)
    void (async () => {
      const own = waiting.get(line.kind)!;
      for (let seed = own.shift(); seed !== undefined; seed = own.shift())
        await new Run(seed, line).play().then(ends.get(seed)!.resolve, ends.get(seed)!.reject);
    })();
});
afterAll(() => Promise.all(lines.map((line) => line.close())));

/** Jobs of two users and a task, on a platform and through a proxy that fail as the seed says. */
class Run {
  private readonly seed: number;
  private readonly line: FaultLine;
  private readonly title: string;
  private readonly history: string[] = [];

  constructor(seed: number, line: FaultLine) {
    [this.seed, this.line] = [seed, line];
    this.title = aTitle(`seed ${seed} `);
  }

  private note = (what: string): void => void this.history.push(`${new Date().toISOString()} ${what}`);

  /** Everything that can be told from outside; what was not so, with all that happened. */
  async play(): Promise<void> {
    const { line, seed } = this;
    const faults = drawFaults(seed, line.id, line.dialect);
    const rules = await Promise.all(faults.strikes.map(({ match, fate, when }) => proxy.strike(match, fate, when)));
    line.break(faults.platform);
    try {
      await this.story(faults.cancelAfterMs);
    } catch (error) {
      const struck = (await Promise.all(rules.map((rule) => proxy.struck(rule)))).flat();
      const drawn = [...faults.strikes, ...faults.platform].map((fault) =>
        JSON.stringify(fault, (_, v: unknown) => (v instanceof RegExp ? String(v) : v)),
      );
      const happened = [...this.history, ...struck].toSorted();
      throw new Error(
        `Seed ${seed} on ${line.id} (SWATH_FAULT_SEEDS=${seed} plays it alone): ${String(error)}\n${[...drawn, ...happened].join('\n')}`,
      );
    } finally {
      for (const rule of rules) await proxy.remove(rule);
      line.heal();
    }
  }

  private async story(cancelAfterMs: number | undefined): Promise<void> {
    const { title, line } = this;
    const values = [0, 0.5, 1].slice(0, 2 + (this.seed % 2));
    const [alices, bobs, taskId] = await Promise.all([this.job('alice', 1), this.job('bob', 2), this.task(values)]);
    if (cancelAfterMs !== undefined) await this.cancel(bobs, cancelAfterMs);
    const task = await this.over(taskId);
    expect(task).toMatchObject({ phase: 'successful', total: values.length, counts: { successful: values.length, failed: 0, queued: 0 } });
    const ends = [await this.ended('alice', alices), await this.ended('bob', bobs)];
    expect(ends[0]).toBe('finished');
    expect(cancelAfterMs === undefined ? ['finished'] : ['finished', 'canceled']).toContain(ends[1]);
    const launches = line.launches(title);
    this.note(`the platform ran ${JSON.stringify([...launches])}`);
    expect([...launches.values()]).toEqual([...launches.values()].map(() => 1));
    const own = [...launches.keys()].filter((name) => name.startsWith(`${title} bob`)).length;
    expect(own).toBeGreaterThanOrEqual(ends[1] === 'finished' ? 1 : 0);
    expect(launches.size - own).toBe(1 + values.length);
    await this.rests();
  }

  /** Sent again until it is accepted, as clients do: the key keeps it one. */
  private async job(as: string, seconds: number): Promise<string> {
    const title = `${this.title} ${as}`;
    const wish = { ...this.line.service, as, title, key: title, parameters: { title, seconds }, prefer: 'respond-async' };
    if (this.line.dialect === 'openeo') Object.assign(wish, { parameters: { seconds } });
    const made = await until(
      `a job of ${as} is accepted`,
      async () => {
        const { status, body } = await post(wish);
        this.note(`POST /unit_jobs of ${as} answers ${status}`);
        return status === 201 ? body : undefined;
      },
      answered,
    );
    return made.id;
  }

  private async task(values: number[]): Promise<string> {
    const title = `${this.title} task`;
    const parameters = this.line.dialect === 'ogc' ? { title } : {};
    const body = { ...jobBody({ ...this.line.service, title, parameters }), dimension: { name: 'seconds', values } };
    const writing =
      this.seed <= stopped ? await proxy.hold({ target: /PutItem$/, body: new RegExp(`${title} - Processing Job 2"`) }) : undefined;
    const made = await until(
      'a task is accepted',
      async () => {
        const answer = await api<TaskSummary>('POST', '/upscale_tasks', { as: 'bob', body, headers: { 'idempotency-key': title } });
        this.note(`POST /upscale_tasks answers ${answer.status}`);
        return answer.status === 201 ? answer.body : undefined;
      },
      answered,
    );
    tasks.push({ taskId: made.id, seed: this.seed });
    if (writing !== undefined) await this.stop(made.id, writing);
    return made.id;
  }

  /** The execution of a task is stopped while it writes the jobs; the write is lost. */
  private async stop(taskId: string, writing: number): Promise<void> {
    const { held } = await proxy.held(writing);
    const machine = local().outputs['UpscaleMachine']!.replace(':stateMachine:', ':execution:');
    await aws.sfn().send(new StopExecutionCommand({ executionArn: `${machine}:${taskId}-1` }));
    this.note(`the execution of ${taskId} is stopped`);
    await proxy.release(held, false);
  }

  private async cancel(jobId: string, afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs)); // a fault of the seed: at any moment
    await until(
      'the cancel is taken',
      async () => {
        const { status } = await api('POST', `/unit_jobs/${jobId}/cancel`, { as: 'bob' });
        this.note(`cancel of ${jobId} answers ${status}`);
        return (status < 500 && status !== 429) || undefined;
      },
      answered,
    );
  }

  private async over(taskId: string): Promise<TaskDetail> {
    const get = () => api<TaskDetail>('GET', `/upscale_tasks/${taskId}`, { as: 'bob' });
    const isOver = ({ status, body }: Awaited<ReturnType<typeof get>>) =>
      status === 200 && body.finished !== undefined ? body : undefined;
    const is = await until(`task ${taskId} is over`, async () => isOver(await get()), {
      ...mended,
      sweeping: this.seed <= stopped,
    }).catch(async (error: unknown) => {
      this.note(`task ${taskId} is ${JSON.stringify((await get()).body)}`);
      throw error;
    });
    this.note(`task ${taskId} is ${is.phase}`);
    return is;
  }

  /** How the job ended; one that finished has its results. */
  private async ended(as: string, jobId: string): Promise<JobDetail['status']> {
    const get = () => api<JobDetail>('GET', `/unit_jobs/${jobId}`, { as });
    const isOver = ({ status, body }: Awaited<ReturnType<typeof get>>) =>
      status === 200 && ['finished', 'failed', 'canceled'].includes(body.status) ? body : undefined;
    const job = await until(`job ${jobId} is over`, async () => isOver(await get()), mended).catch(async (error: unknown) => {
      this.note(`job ${jobId} is ${JSON.stringify((await get()).body)}`);
      throw error;
    });
    this.note(`job ${jobId} of ${as} is ${job.status} ${job.message ?? ''}`);
    if (job.status === 'finished')
      await until(
        `job ${jobId} has its results`,
        async () => (await api('GET', `/unit_jobs/${jobId}/results`, { as })).status === 200 || undefined,
        mended,
      );
    return job.status;
  }

  /** No place of the lane is taken, and no post is under way. */
  private async rests(): Promise<void> {
    const pk = `${this.line.id}~service`;
    const TableName = local().outputs['LanesTable']!;
    await until(
      `lane ${pk} has no place taken`,
      async () => {
        const { Item } = await aws.dynamo().send(new GetCommand({ TableName, Key: { pk, sk: 'lane' }, ConsistentRead: true }));
        const ExpressionAttributeValues = { ':lane': pk, ':post': 'post#' };
        const posts = new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :lane AND begins_with(sk, :post)',
          ExpressionAttributeValues,
        });
        const { Items = [] } = await aws.dynamo().send(posts);
        const taken = [...((Item?.['slots'] as Set<string> | undefined) ?? []), ...Items.map(({ slot }) => String(slot))];
        this.note(`places taken: ${taken.join(' ') || 'none'}`);
        return taken.length === 0 || undefined;
      },
      mended,
    );
  }
}

describe('Jobs of two users and a task, while answers are lost, calls fail or take long, functions are killed, and the platform fails', () => {
  it.each(seeds)('seed %d: each runs once and ends, with its results, and nothing of it is left', (seed) => told.get(seed));

  it('tell the end of each task once', async () => {
    const ends = new Map<string, Set<string>>(tasks.map(({ taskId }) => [taskId, new Set()]));
    await until('the bus tells of every end', async () => {
      for (let events = await bus.take(); events.length > 0; events = await bus.take())
        for (const { id, type, subject } of events) if (type === 'task.finished') ends.get(subject)?.add(id);
      return [...ends.values()].every(({ size }) => size > 0) || undefined;
    });
    expect(tasks.filter(({ taskId }) => ends.get(taskId)!.size !== 1)).toEqual([]);
  });
});
