import { createHash } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { aJob, ended } from '../support/jobs.ts';
import { api, aws, local } from '../support/local.ts';
import { until } from '../support/until.ts';
import { aTicket, Viewer } from '../support/viewer.ts';

jest.setTimeout(60_000);

const open: Viewer[] = [];
async function watching(user: string): Promise<Viewer> {
  const viewer = await Viewer.of(user);
  open.push(viewer);
  return viewer;
}
afterEach(() => open.splice(0).forEach((viewer) => viewer.close()));

const toldResults = (viewer: Viewer, id: string) =>
  until(`frames tell the results of ${id}`, () => viewer.told(id).find((job) => job.resultsAt !== undefined));

describe('A ticket', () => {
  it('opens one connection', async () => {
    const { url } = await aTicket('alice');
    const first = await Viewer.open(url);
    expect(first?.frames[0]).toMatchObject({ type: 'init', data: null, seq: 0 });
    expect(await Viewer.open(url)).toBeUndefined();
    first!.close();
  });

  it('opens none when it has expired', async () => {
    const { url, ticket } = await aTicket('alice');
    await aws.dynamo().send(
      new UpdateCommand({
        TableName: local().outputs['ConnectionsTable']!,
        Key: { pk: `ticket#${createHash('sha256').update(ticket).digest('hex')}`, sk: 'ticket' },
        UpdateExpression: 'SET expires = :past',
        ConditionExpression: 'attribute_exists(expires)',
        ExpressionAttributeValues: { ':past': Math.floor(Date.now() / 1000) - 1 },
      }),
    );
    expect(await Viewer.open(url)).toBeUndefined();
  });

  it('is needed, and cannot be guessed', async () => {
    const { webSocketUrl } = local();
    for (const url of [webSocketUrl, `${webSocketUrl}?ticket=`, `${webSocketUrl}?ticket=guess`])
      expect(await Viewer.open(url)).toBeUndefined();
  });
});

describe('A connection', () => {
  it('answers a ping, explains what it does not understand, and stays open', async () => {
    const viewer = await watching('alice');
    for (const message of ['not JSON', { action: 'fly' }, { action: 'ping' }]) viewer.send(message);
    await until('the pong', () => viewer.frames.find(({ type }) => type === 'pong'));
    await until('two errors', () => viewer.frames.filter(({ type }) => type === 'error').length === 2 || undefined);
  });

  it('gets a new full status when it asks', async () => {
    const viewer = await watching('alice');
    viewer.send({ action: 'subscribe', subjects: { jobs: 0 } });
    await until(
      'another full status',
      () => viewer.frames.filter((frame) => frame.type === 'status' && !frame.delta).length > 1 || undefined,
    );
  });

  it('begins with the jobs that are there', async () => {
    const { id } = await aJob();
    await ended(id);
    expect((await watching('alice')).told(id).at(-1)).toMatchObject({ status: 'finished' });
  });
});

describe('Frames', () => {
  it('come to every viewer of a user alike, and to nobody else', async () => {
    const [one, two, bob] = await Promise.all([watching('alice'), watching('alice'), watching('bob')]);
    const { id } = await aJob();
    await toldResults(one!, id);
    await toldResults(two!, id);
    const others = await aJob({ as: 'bob' });
    await toldResults(bob!, others.id);
    const both = (viewer: Viewer) => viewer.deltas().filter(({ data }) => data.processing_jobs.some((job) => job.id === id));
    expect(both(one!).length).toBeGreaterThan(0);
    expect(both(two!)).toEqual(both(one!));
    expect(bob!.told(id)).toEqual([]);
    expect(one!.told(others.id)).toEqual([]);
    expect(bob!.frames.flatMap((frame) => (frame.type === 'status' ? frame.data.processing_jobs : [])).length).toBeGreaterThan(0);
  });

  it('gather a burst of changes: at most one a second, in which no job is missed', async () => {
    const viewer = await watching('bob');
    const jobs = await Promise.all(Array.from({ length: 12 }, () => aJob({ as: 'bob', prefer: 'respond-async' })));
    for (const { id } of jobs) await toldResults(viewer, id);
    const deltas = viewer.deltas();
    const times = deltas.map(({ data }) => Date.parse(data.asOf));
    // Each job changes at least four times to the eye: queued, submitted, finished, results.
    expect(deltas.length).toBeLessThan(jobs.length * 2);
    expect(deltas.length).toBeLessThanOrEqual((times.at(-1)! - times[0]!) / 1000 + 1);
    expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, i) => deltas[0]!.seq + i));
  });

  it('tell that a job was deleted', async () => {
    const viewer = await watching('alice');
    const { id } = await aJob();
    await toldResults(viewer, id);
    await api('DELETE', `/unit_jobs/${id}`, { as: 'alice' });
    await until('the deletion', () => viewer.deltas().find(({ data }) => data.removed?.some((one) => one.id === id)));
  });
});
