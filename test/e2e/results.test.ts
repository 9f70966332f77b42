import { createHash } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import type { LogEntry } from '../../lambdas/dispatch/model.ts';
import type { StacItem } from '../../lambdas/dispatch/rules/stac.ts';
import { fakeOpenEo, proxy } from '../support/control.ts';
import { fileOf } from '../support/fake-openeo.ts';
import { aJob, aTitle, collected, untilJob, type ErrorBody, type JobWish } from '../support/jobs.ts';
import { api, aws, local } from '../support/local.ts';
import { largestFile } from '../support/stage.ts';
import { together } from '../support/together.ts';

const platform = fakeOpenEo('fake-files');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const fetched = async (href: string) => Buffer.from(await (await fetch(href)).arrayBuffer());
const results = async (id: string, query = '') =>
  (await api<StacItem & ErrorBody>('GET', `/unit_jobs/${id}/results${query}`, { as: 'alice' })).body;
/** A job that runs for so many seconds. */
const running = (seconds: number, more: Partial<JobWish> = {}) =>
  aJob({
    ...{ platform: 'fake-files', application: 'echo', label: 'openeo', title: aTitle('results') },
    ...{ parameters: { seconds }, prefer: 'respond-async', ...more },
  });
/** The id that the platform gave a job. */
const idThere = async (id: string) => (await untilJob(id, 'is there', (job) => job.platformJobId !== undefined)).platformJobId!;

describe('Results that are asked for as a copy', () => {
  together('are, from a real server, objects of our bucket with the same checksum as there', async () => {
    const source = `s3://${local().bucket}/${local().samples.olinda}`;
    const { id } = await aJob({ platform: 'pygeoapi', application: 'ndvi', parameters: { source, red: 3, nir: 4 }, results: 'copy' });
    await collected(id);
    const asset = (await results(id)).assets['ndvi']!;
    expect(asset.href).toContain('/Output/');
    const [here, there] = await Promise.all([fetched(asset.href), fetched(asset['swath:source']!)]);
    expect([sha256(here), here.length]).toEqual([sha256(there), asset['file:size']]);
    expect(asset['file:checksum']).toBe(`1220${sha256(there)}`);
  });

  together('are there once, also when the end of the job is told several times and a worker is killed in the middle', async () => {
    const { id } = await running(1, { results: 'copy' });
    const put = await proxy.hold({ path: new RegExp(`^PUT .*/jobs/${id}/Output/1`) });
    await untilJob(id, 'is over', ({ phase }) => phase === 'successful');
    const again = () =>
      aws.sqs().send(new SendMessageCommand({ QueueUrl: local().outputs['CollectQueueUrl']!, MessageBody: JSON.stringify({ jobId: id }) }));
    await Promise.all([again(), again()]);
    await proxy.killSender(put);
    const { platformJobId, message } = await collected(id);
    expect(message).toBeUndefined();
    const { assets } = await results(id);
    expect((await fetched(assets['openEO.tif']!.href)).toString()).toBe(fileOf(platformJobId!, 'openEO.tif'));
    expect(assets['job.json']!.href).toContain('/Output/');
  });

  together('are tried again where the platform stumbles, and keep their reference where a file is gone', async () => {
    const { id } = await running(2, { results: 'copy' });
    const there = await idThere(id);
    await platform.fault({ match: new RegExp(`/files/${there}/openEO.tif`), times: 1, answer: { status: 503 } });
    await platform.fault({ match: new RegExp(`/files/${there}/job.json`), answer: { status: 404 } });
    expect((await collected(id)).message).toContain('1 of 2 files could not be copied');
    const { assets } = await results(id);
    expect((await fetched(assets['openEO.tif']!.href)).toString()).toBe(fileOf(there, 'openEO.tif'));
    expect(assets['job.json']).toMatchObject({ 'swath:note': expect.stringContaining('does not have it any more') });
    expect(assets['job.json']!.href).toContain(await platform.url());
  });

  together('stay on the platform where a file is larger than it says files may be', async () => {
    const { id } = await running(2, { results: 'copy' });
    const there = await idThere(id);
    await platform.fault({
      match: new RegExp(`/files/${there}/openEO.tif`),
      answer: { status: 200, body: 'x'.repeat(largestFile + 1) },
    });
    await collected(id);
    const { assets } = await results(id);
    expect(assets['openEO.tif']).toMatchObject({ 'swath:note': expect.stringContaining('larger') });
    expect(assets['job.json']!.href).toContain('/Output/');
  });
});

describe('Results that stay on the platform', () => {
  together('come with links that work, also when those of the time of collecting have ended', async () => {
    const { id } = await running(1);
    const { platformJobId } = await collected(id);
    await platform.style({ signature: 'later' });
    const { href } = (await results(id)).assets['openEO.tif']!;
    expect(href).toContain('signature=later');
    expect((await fetched(href)).toString()).toBe(fileOf(platformJobId!, 'openEO.tif'));
    expect((await results(id, '?links=known')).assets['openEO.tif']!.href).not.toContain('signature');
  });

  together('are shown in part while the job runs, where the platform does so', async () => {
    const { id } = await running(300);
    await untilJob(id, 'runs', ({ phase }) => phase === 'running');
    expect(await results(id, '?partial=true')).toMatchObject({ error_code: 'RESULTS_NOT_READY' });
    await platform.style({ partialResults: true });
    expect(await results(id, '?partial=true')).toMatchObject({ properties: { 'swath:partial': true }, assets: { 'part-1.tif': {} } });
    expect((await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' })).status).toBe(202);
  });
});

describe("A job's log", () => {
  interface LogPage {
    logs: LogEntry[];
    links: { rel: string; href: string }[];
  }
  /** All pages of so many entries. */
  async function pages(id: string, query: string): Promise<LogEntry[][]> {
    const read: LogEntry[][] = [];
    for (let path: string | undefined = `/unit_jobs/${id}/logs?${query}`; path !== undefined;) {
      const { body }: { body: LogPage } = await api<LogPage>('GET', path, { as: 'alice' });
      read.push(body.logs);
      path = body.links.find(({ rel }) => rel === 'next')?.href.replace(local().apiUrl, '');
    }
    return read;
  }

  together('goes page by page through what Swath did and what the platform says, and is kept when the job ends', async () => {
    const { id } = await running(4);
    const there = await idThere(id);
    const said = Array.from({ length: 25 }, (_, at) => ({
      ...{ id: `e${at}`, level: at % 5 === 0 ? 'warning' : 'debug', message: `Tile ${at}` },
    }));
    await platform.log(there, said);
    const ofPlatform = (read: LogEntry[][]) => read.flat().flatMap(({ source, message }) => (source === 'platform' ? [message] : []));
    const all = said.map(({ message }) => message);
    const live = await pages(id, 'limit=7');
    expect([ofPlatform(live), Math.max(...live.map(({ length }) => length))]).toEqual([all, 7]);
    await collected(id);
    await platform.fault({ match: new RegExp(`/jobs/${there}/logs`), answer: 'drop' });
    expect(ofPlatform(await pages(id, 'limit=7'))).toEqual(all);
    expect(ofPlatform(await pages(id, 'level=warning&limit=3'))).toEqual(all.filter((_, at) => at % 5 === 0));
    expect((await pages(id, '')).flat()[0]).toMatchObject({ source: 'swath', message: 'Accepted for fake-files.' });
  });
});
