import { describe, expect, it } from '@jest/globals';
import { collectResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { readManifest } from '../../../lambdas/upscaling/use-cases/manifest.ts';
import { numbers, taskWorld } from '../../support/task-world.ts';

const api = 'https://api.example';
type Format = 'jsonl' | 'csv';

/** A task whose jobs are written, and its manifest by the page. */
async function aTask(values: unknown[]) {
  const w = taskWorld();
  const { taskId } = await w.sendTask('alice', values);
  await w.settle();
  const page = (format: Format, limit = 10_000, from?: number) =>
    readManifest(w.tasks, w.task(taskId), { format, limit, api, ...(from === undefined ? {} : { from }) });
  const pages = async (format: Format, limit: number) => {
    const texts: string[] = [];
    for (let from: number | undefined, more = true; more; more = from !== undefined) {
      const { text, next } = await page(format, limit, from);
      texts.push(text);
      from = next;
    }
    return texts;
  };
  const rows = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { ...w, taskId, page, pages, rows };
}

describe('the manifest of a task', () => {
  it('has a row for each job with how it went, and the link to results that can be fetched', async () => {
    const w = await aTask(['good', 'bad']);
    await w.serve();
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    for (const { id, inputs } of w.remote.jobs) w.remote.end(id, inputs['text'] === 'bad' ? 'failed' : 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    const ended = w.rows((await w.page('jsonl')).text);
    expect(ended.map(({ status }) => status)).toEqual(['finished', 'failed']);
    expect(ended[0]).not.toHaveProperty('results');
    await collectResults(w.deps, `${w.taskId}-0`);
    const [good, bad] = w.rows((await w.page('jsonl')).text);
    const times = { created: expect.any(String), finished: expect.any(String) };
    expect(good).toEqual({
      ...{ index: 0, id: `${w.taskId}-0`, value: 'good', status: 'finished', platformJobId: expect.any(String), ...times },
      results: `${api}/unit_jobs/${w.taskId}-0/results`,
    });
    expect(bad).toEqual({ index: 1, id: `${w.taskId}-1`, value: 'bad', status: 'failed', platformJobId: expect.any(String), ...times });
  });

  it('is the same in one page and in many', async () => {
    const w = await aTask(numbers(1203));
    for (const format of ['jsonl', 'csv'] as const) {
      const [whole, parts] = [await w.page(format), await w.pages(format, 250)];
      expect(whole).not.toHaveProperty('next');
      expect([parts.length, parts.join('')]).toEqual([5, whole.text]);
    }
    expect(w.rows((await w.page('jsonl')).text).map(({ value }) => value)).toEqual(numbers(1203));
  });

  it('has long values, but for those over 64 KB, and no page over 4 MB', async () => {
    const long = (n: number) => `${n} ${'"'.repeat(30_000)}`;
    const w = await aTask([...numbers(60).map(long), 'x'.repeat(70_000)]);
    for (const format of ['jsonl', 'csv'] as const) {
      const pages = await w.pages(format, 10_000);
      expect(pages.length).toBeGreaterThan(1);
      for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(4_000_000);
    }
    const rows = w.rows((await w.pages('jsonl', 10_000)).join(''));
    expect(rows.slice(0, 60).map(({ value }) => value)).toEqual(numbers(60).map(long));
    expect(rows[60]).not.toHaveProperty('value');
  });

  it('in CSV quotes what has to be quoted, and starts no formula', async () => {
    const values = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1', 'a,b', 'say "hi"', 'two\nlines', -5, { a: [1] }, null, 'plain'];
    const w = await aTask(values);
    const { text } = await w.page('csv');
    const [head, ...lines] = text.split('\r\n');
    expect(head).toBe('index,id,value,status,message,platformJobId,created,finished,results');
    expect(lines.pop()).toBe('');
    const of = (line: string, n: number) => line.slice(`${n},${w.taskId}-${n},`.length, line.indexOf(',queued,'));
    expect(lines.map(of)).toEqual([
      ...["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "' =1", "'＝1"],
      ...['"a,b"', '"say ""hi"""', '"two\nlines"', '-5', '"{""a"":[1]}"', 'null', 'plain'],
    ]);
  });

  it('is of the jobs that are written so far', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', [1, 2, 3], { canary: 1 });
    await w.settle();
    const { text } = await readManifest(w.tasks, w.task(taskId), { format: 'jsonl', limit: 10, api });
    expect(text.trim().split('\n')).toHaveLength(1);
  });
});
