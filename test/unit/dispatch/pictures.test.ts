import { describe, expect, it } from '@jest/globals';
import type { AssetOutcome, PlatformOutput } from '../../../lambdas/platforms/ports.ts';
import { pictureOf } from '../../../lambdas/dispatch/use-cases/pictures.ts';
import { collectResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { world } from '../../support/world.ts';

const place = {
  name: 'footprint',
  value: {
    type: 'LineString',
    coordinates: [
      [1, 2],
      [3, 4],
    ],
  },
};
const link = 'https://plat.example/a.png';
const picture = (href = link, more: object = {}) => ({ name: 'quicklook', href, type: 'image/png', ...more });
async function* bytes(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part);
}

/** What is read of the picture of a job with these outputs, whose platform opens files so. */
async function read(outputs: PlatformOutput[], opened: AssetOutcome = { kind: 'found', body: bytes('pic', 'ture') }) {
  const w = world();
  const { jobId } = await w.send();
  await w.serve();
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  w.remote.end(w.remote.jobs[0]!.id, 'successful');
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  const opens: string[] = [];
  const openAsset = async (href: string) => (opens.push(href), opened);
  const remote = Object.assign(w.remote, { openAsset, results: async () => ({ kind: 'found', value: { outputs } }) });
  w.deps.client = () => remote as unknown as ReturnType<typeof w.deps.client>;
  await collectResults(w.deps, jobId);
  for (const owner of ['alice', 'bob']) w.files.set(`users/${owner}/workspace/a.png`, `${owner}'s`);
  const found = await pictureOf(w.deps, w.job(jobId));
  const content = await found?.read(100);
  return { bbox: found?.bbox, content: typeof content === 'object' ? Buffer.from(content).toString() : content, opens };
}

describe('the picture of a job', () => {
  it('is the first PNG or JPEG of its results, where these lie', async () => {
    const other = { name: 'data.tif', href: 'https://plat.example/a.tif', type: 'image/tiff' };
    expect(await read([other, picture(), place])).toEqual({ bbox: [1, 2, 3, 4], content: 'picture', opens: [link] });
    const jpeg = picture('https://plat.example/b.jpg', { type: 'image/jpeg; quality=70' });
    expect(await read([jpeg, place])).toMatchObject({ opens: ['https://plat.example/b.jpg'] });
  });

  it('is asked for by a new link where the platform signs it for a while', async () => {
    const signed = picture('https://plat.example/a.png?signature=1', { source: 'https://plat.example/results' });
    expect(await read([signed, place])).toMatchObject({ content: 'picture', opens: ['https://plat.example/a.png?signature=1'] });
  });

  it("is read from the owner's workspace, and from nobody else's", async () => {
    expect(await read([picture('s3://bucket/users/alice/workspace/a.png'), place])).toMatchObject({ content: "alice's", opens: [] });
    expect(await read([picture('s3://bucket/users/bob/workspace/a.png'), place])).toMatchObject({ content: 'none', opens: [] });
    expect(
      await read([picture('S3://bucket/users/bob/workspace/a.png'), place], { kind: 'refused', message: 'no such host' }),
    ).toMatchObject({
      content: 'none',
    });
  });

  it('does not exist where no output is one, or nobody knows where it lies', async () => {
    expect(await read([place])).toEqual({ opens: [] });
    expect(await read([picture()])).toEqual({ opens: [] });
  });

  it.each<[string, AssetOutcome, string]>([
    ['is gone', { kind: 'missing' }, 'none'],
    ['lies on a host that is not registered', { kind: 'refused', message: '' }, 'none'],
    ['is said to be larger than wanted', { kind: 'found', body: bytes('x'), bytes: 101 }, 'none'],
    ['turns out to be larger than wanted', { kind: 'found', body: bytes('x'.repeat(60), 'x'.repeat(60)) }, 'none'],
    ['is cut short', { kind: 'found', body: bytes('x'), bytes: 2 }, 'later'],
    ['is not handed out now', { kind: 'unavailable', message: '' }, 'later'],
  ])('that %s is not there', async (_, opened, content) => expect(await read([picture(), place], opened)).toMatchObject({ content }));

  it('that breaks off may be had later', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new Error('ECONNRESET');
    }
    expect(await read([picture(), place], { kind: 'found', body: broken() })).toMatchObject({ content: 'later' });
  });
});
