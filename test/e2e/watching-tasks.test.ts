import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Frame } from '../../lambdas/live/model.ts';
import type { TaskEvent } from '../../lambdas/shared/events/events.ts';
import type { TaskDetail, TaskSummary } from '../../lambdas/upscaling/model.ts';
import { fakeOpenEo } from '../support/control.ts';
import { aTitle, jobBody } from '../support/jobs.ts';
import { api, local } from '../support/local.ts';
import { hearTasks } from '../support/task-events.ts';
import { until } from '../support/until.ts';
import { aTicket, Viewer } from '../support/viewer.ts';

const count = 1000;
const failing = count / 10;
const platform = fakeOpenEo('fake-many');
const open: Viewer[] = [];
let bus: Awaited<ReturnType<typeof hearTasks>>;
const heard: TaskEvent[] = [];

beforeAll(async () => void (bus = await hearTasks(local())));
afterAll(() => open.forEach((viewer) => viewer.close()));

/** Takes what the bus has brought, up to the end of this incarnation of the task; answers what was said of the task. */
const eventsOf = (taskId: string, incarnation: number): Promise<TaskEvent[]> =>
  until(`the end of task ${taskId} on the bus`, async () => {
    const taken = await bus.take();
    heard.push(...taken);
    const own = heard.filter(({ subject }) => subject === taskId);
    const isOver = own.some(({ type, data }) => type === 'task.finished' && data.incarnation === incarnation);
    return isOver && taken.length === 0 ? own : undefined;
  });

type Status = Extract<Frame, { type: 'status' }>;
const statuses = (viewer: Viewer): Status[] => viewer.frames.filter((frame) => frame.type === 'status');
const over = (viewer: Viewer, incarnation: number) =>
  until(
    `a frame says that incarnation ${incarnation} is over`,
    () => statuses(viewer).find(({ finished, data }) => finished && data.upscaling_tasks[0]?.incarnation === incarnation),
    { within: 400, ticking: true },
  );
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, one) => total + one, 0);
async function watching(taskId: string, more = ''): Promise<Viewer> {
  const viewer = await Viewer.open(`${(await aTicket('alice')).url}&task=${taskId}${more}`);
  open.push(viewer!);
  return viewer!;
}
const aTask = async (as: string, body: object) => (await api<TaskSummary>('POST', '/upscale_tasks', { as, body })).body;

describe('A task of many jobs, a tenth of which fail, on a platform that refuses many requests', () => {
  it('is told to its viewers to the end, with counts that are those of the task, and its end is one event', async () => {
    await platform.style({ pageSize: 100 });
    await platform.fault({ match: /^POST \/jobs$/, times: 100, answer: { status: 429, headers: { 'retry-after': '1' } } });
    await platform.fault({ match: /^POST .*results$/, times: 100, answer: { status: 429, headers: { 'retry-after': '1' } } });
    const title = aTitle('many');
    const values = Array.from({ length: count }, (_, n) => (n % 10 === 3 ? 'No data.' : ''));
    const { id } = await aTask('alice', {
      ...jobBody({ platform: 'fake-many', title, label: 'openeo', parameters: { seconds: 1 } }),
      dimension: { name: 'fail', values, duplicates: true },
    });
    const [viewer, silent] = [await watching(id), await watching(id, '&mode=snapshot')];
    await over(viewer, 1);
    await over(silent, 1);
    const frames = statuses(viewer);
    expect(frames.at(-1)!.data.upscaling_tasks).toMatchObject([
      { status: 'finished', phase: 'partial', progress: 100, counts: { successful: count - failing, failed: failing } },
    ]);
    expect(statuses(silent).filter(({ delta }) => delta)).toEqual([]);

    const events = await eventsOf(id, 1);
    expect(events.filter(({ type }) => type === 'task.finished')).toMatchObject([
      { data: { status: 'partial', counts: { successful: count - failing, failed: failing } } },
    ]);
    // What a frame counts is what the task said in that version, nothing is counted twice or left out.
    const byVersion = new Map(events.map(({ seq, data }) => [seq, data.counts]));
    const told = [...frames, ...statuses(silent)].flatMap(({ data }) => data.upscaling_tasks);
    for (const { version, counts } of told)
      if (byVersion.has(version)) expect([version, counts]).toEqual([version, byVersion.get(version)]);
    expect(told.filter(({ version }) => byVersion.has(version)).length).toBeGreaterThan(2);
    const sums = told.map(({ counts }) => (counts ? sum(counts) : 0));
    expect(Math.max(...sums)).toBe(count);
    expect(sums.filter((one) => one !== count && one !== 0)).toEqual([]);
    // Numbered without a hole, at most one a second, each below what the gateway carries.
    const deltas = frames.filter(({ delta }) => delta);
    expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, n) => deltas[0]!.seq + n));
    const times = deltas.map(({ data }) => Date.parse(data.asOf));
    expect(deltas.length).toBeLessThanOrEqual((times.at(-1)! - times[0]!) / 1000 + 1);
    for (const frame of frames) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(32 * 1024);
    expect(await platform.runs(title)).toEqual(values.map(() => 1));

    // What failed, and nothing else, runs again; who still has the connection subscribes anew.
    const before = statuses(viewer).length;
    expect((await api('POST', `/upscale_tasks/${id}/retry`, { as: 'alice' })).status).toBe(202);
    viewer.send({ action: 'subscribe', subjects: { [`task:${id}`]: frames.at(-1)!.seq } });
    await until('the task is told again', () => statuses(viewer)[before]);
    await over(viewer, 2);
    expect((await platform.runs(title)).length).toBe(count + failing);
    const ends = (await eventsOf(id, 2)).filter(({ type }) => type === 'task.finished');
    expect(ends.map(({ data }) => data.incarnation).toSorted()).toEqual([1, 2]);
    const { body } = await api<TaskDetail>('GET', `/upscale_tasks/${id}`, { as: 'alice' });
    expect(body).toMatchObject({ incarnation: 2, counts: { successful: count - failing, failed: failing } });
  });
});

describe("Somebody else's task", () => {
  it('is answered like one that never was, by the address and by a subscription', async () => {
    const { id } = await aTask('alice', { ...jobBody(), dimension: { name: 'text', values: ['mine'] } });
    expect(await Viewer.open(`${(await aTicket('bob')).url}&task=${id}`)).toBeUndefined();
    const bob = await Viewer.of('bob');
    open.push(bob);
    const none = '00000000-0000-4000-8000-000000000000';
    for (const taskId of [id, none]) bob.send({ action: 'subscribe', subjects: { [`task:${taskId}`]: 0 } });
    const errors = await until('two errors', () => {
      const found = bob.frames.filter((frame) => frame.type === 'error');
      return found.length === 2 ? found : undefined;
    });
    expect(errors.map(({ message }) => message).toSorted()).toEqual(
      [none, id].map((taskId) => `You have no upscaling task ${taskId}.`).toSorted(),
    );
    expect(statuses(bob).every(({ subject }) => subject === 'jobs')).toBe(true);
  });

  it('shows its own viewers that it has ended already', async () => {
    const { id } = await aTask('alice', { ...jobBody(), dimension: { name: 'text', values: ['one'] } });
    await eventsOf(id, 1);
    const viewer = await watching(id);
    expect(statuses(viewer)[0]).toMatchObject({ finished: true, data: { upscaling_tasks: [{ status: 'finished' }] } });
  });
});
