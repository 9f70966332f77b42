import { createHash } from 'node:crypto';
import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it } from '@jest/globals';
import { aJob, ended } from '../support/jobs.ts';
import { userIdOf } from '../../lambdas/shared/ids/user-id.ts';
import { api, aws, local, token } from '../support/local.ts';
import { until } from '../support/until.ts';
import { aTicket, Viewer } from '../support/viewer.ts';

const open: Viewer[] = [];
async function watching(user: string): Promise<Viewer> {
  const viewer = await Viewer.of(user);
  open.push(viewer);
  return viewer;
}
afterEach(() => open.splice(0).forEach((viewer) => viewer.close()));

const ownerOf = async (user: string) => {
  const claims = JSON.parse(Buffer.from((await token(user)).split('.')[1]!, 'base64url').toString()) as { iss: string; sub: string };
  return userIdOf(claims.iss, claims.sub);
};

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

describe('A client that comes back', () => {
  it('gets what it missed, and nothing else', async () => {
    const viewer = await watching('alice');
    const stays = await watching('alice');
    const { id } = await aJob();
    await toldResults(viewer, id);
    viewer.close();
    const seen = viewer.deltas().at(-1)!.seq;
    const missed = await aJob();
    await toldResults(stays, missed.id);
    const again = await Viewer.open(`${(await aTicket('alice')).url}&since=${seen}`, 'delta');
    open.push(again!);
    await toldResults(again!, missed.id);
    expect(again!.frames.filter((frame) => frame.type === 'status' && !frame.delta)).toEqual([]);
    expect(again!.told(id)).toEqual([]);
    expect(again!.deltas()[0]!.seq).toBe(seen + 1);
  });

  it('and never speaks gets full statuses only', async () => {
    const viewer = await Viewer.open(`${(await aTicket('bob')).url}&mode=snapshot`);
    open.push(viewer!);
    const { id } = await aJob({ as: 'bob' });
    await toldResults(viewer!, id);
    expect(viewer!.deltas()).toEqual([]);
  });
});

describe('Frames', () => {
  it('come to a hundred viewers, the same to each; those that went without a word are removed', async () => {
    const viewers: Viewer[] = [];
    while (viewers.length < 100) viewers.push(...(await Promise.all(Array.from({ length: 10 }, () => watching('bob')))));
    const { id } = await aJob({ as: 'bob' });
    for (const viewer of viewers) await toldResults(viewer, id);
    const seqs = (viewer: Viewer) => viewer.deltas().filter(({ data }) => data.processing_jobs.some((job) => job.id === id));
    for (const viewer of viewers) expect(seqs(viewer)).toEqual(seqs(viewers[0]!));
    for (const viewer of viewers.slice(1)) viewer.close();
    await aJob({ as: 'bob' });
    const left = async () => {
      const query = new QueryCommand({
        TableName: local().outputs['ConnectionsTable']!,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :viewer)',
        ExpressionAttributeValues: { ':pk': `subject#jobs:${await ownerOf('bob')}`, ':viewer': 'viewer#' },
      });
      const { Count } = await aws.dynamo().send(query);
      return Count === 1 || undefined;
    };
    await until('one viewer is left', left);
  });

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
