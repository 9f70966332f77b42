import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { UploadTicket } from '../../lambdas/workspace/model.ts';
import type { TaskSummary } from '../../lambdas/upscaling/model.ts';
import type { MosaicLink, TaskCollection } from '../../lambdas/upscaling/results/model.ts';
import { expectDocumented } from '../support/documented.ts';
import { aTitle, jobBody } from '../support/jobs.ts';
import { api, local } from '../support/local.ts';
import { until } from '../support/until.ts';

const ask = (path: string, text: string) =>
  api<UploadTicket>('POST', '/workspace/uploads', {
    as: 'alice',
    body: { path, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex'), contentType: 'text/plain' },
  });
/** Brings a file into the workspace; answers what it is called by. */
const bring = async (path: string, text: string): Promise<string> => {
  const { body: ticket } = await ask(path, text);
  expect((await send(ticket, text)).status).toBe(200);
  return ticket.reference;
};
const send = ({ method, url, headers }: UploadTicket, text: string, more: object = {}) =>
  fetch(url, { method, headers: { ...headers, ...more }, body: text });

describe('a file', () => {
  it('comes into the workspace by the URL of a ticket, whatever its name', async () => {
    const path = `${aTitle('größe %2e')}/a+b c.txt`;
    const { status, body: ticket } = await ask(path, 'hello');
    expect(status).toBe(201);
    expect(ticket.reference.endsWith(`/workspace/${path}`)).toBe(true);
    expect((await send(ticket, 'hello')).status).toBe(200);
  });

  it('is refused where it is not the one that was announced', async () => {
    const { body: ticket } = await ask(`${aTitle('other')}.txt`, 'hello');
    expect((await send(ticket, 'HELLO')).status).toBe(400); // the checksum
    expect((await send(ticket, 'hello and more')).ok).toBe(false);
    expect((await send(ticket, 'hello', { 'content-type': 'text/html' })).status).toBe(403);
    const sum = createHash('sha256').update('HELLO').digest('base64');
    expect((await send(ticket, 'HELLO', { 'x-amz-checksum-sha256': sum })).status).toBe(403);
    expect((await send({ ...ticket, url: ticket.url.replace('other', 'another') }, 'hello')).status).toBe(403);
  });

  it('gets no ticket for a place outside the workspace, or among results', async () => {
    for (const path of ['../../x', 'jobs/1/item.json'])
      expect(await ask(path, 'x')).toMatchObject({ status: 422, body: { details: { errors: [{ pointer: '/path' }] } } });
  });
});

describe('a task with a file of values', () => {
  const post = (manifest: string, more: object) =>
    api<TaskSummary>('POST', '/upscale_tasks', {
      as: 'alice',
      body: { ...jobBody(), title: aTitle('manifest'), dimension: { name: 'text', manifest }, ...more },
    });
  const whole = (id: string) =>
    until(
      `all results of task ${id} are there`,
      async () => {
        const { body, status } = await api<TaskCollection>('GET', `/upscale_tasks/${id}/results`, { as: 'alice' });
        return status === 200 && body['swath:complete'] ? body : undefined;
      },
      { within: 150, ticking: true },
    );
  const mosaicOf = (id: string, as = 'alice') =>
    until('the mosaic is made', async () => {
      const answer = await api<MosaicLink>('GET', `/upscale_tasks/${id}/results/mosaic`, { as });
      return answer.status === 202 ? undefined : answer;
    });

  it.concurrent('has a job for each, and one picture of all', async () => {
    const boxes = [-34.9, -34.88].flatMap((west) => [-8, -7.98].map((south) => [west, south, west + 0.02, south + 0.02]));
    const file = `${aTitle('boxes')}.jsonl`;
    const manifest = await bring(file, boxes.map((box) => JSON.stringify(box)).join('\n'));
    const { status, body: task } = await post(manifest, {
      service: { endpoint: 'builtin', application: 'ndvi' },
      parameters: { source: `s3://${local().bucket}/${local().samples.olinda}` },
      dimension: { name: 'bbox', manifest },
    });
    expect([status, task.total]).toEqual([201, 4]);
    await bring(file, '"another"'); // what becomes of the file later changes nothing
    const { assets, extent } = await whole(task.id);
    expect(extent.spatial.bbox[0]![0]).toBeCloseTo(-34.9, 2);
    expect(assets['mosaic']!.href).toBe(`${local().apiUrl}/upscale_tasks/${task.id}/results/mosaic`);
    const shown = await mosaicOf(task.id);
    expectDocumented('getUpscalingMosaic', shown);
    const { headers, body } = shown;
    expect(body).toMatchObject({ pictures: 4, skipped: 0, complete: true });
    const [west, south, east, north] = body.bbox;
    expect([west, south, east, north].map((degrees) => Math.round(degrees! * 100) / 100)).toEqual([-34.9, -8, -34.86, -7.96]);
    const png = Buffer.from(await (await fetch(headers.get('location')!)).arrayBuffer());
    expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', body.width, body.height]);
    expect((await mosaicOf(task.id, 'bob')).status).toBe(404);
  });

  it.concurrent('may have no picture', async () => {
    const { body: task } = await post(await bring(`${aTitle('texts')}.json`, '["a", "b"]'), {});
    await whole(task.id);
    expect(await mosaicOf(task.id)).toMatchObject({ status: 404, body: { error_code: 'NO_PICTURES' } });
  });

  it.concurrent('is refused with the line of each fault', async () => {
    const manifest = await bring(`${aTitle('faults')}.jsonl`, '"a"\n"a"\n{');
    const { status, body } = await post(manifest, {});
    expect([status, body]).toMatchObject([
      422,
      {
        details: {
          errors: [{ message: expect.stringMatching(/^Line 2: The same as line 1/) }, { message: expect.stringMatching(/^Line 3/) }],
        },
      },
    ]);
    const missing = manifest.replace('faults', 'nothing');
    expect(await post(missing, {})).toMatchObject({ status: 422, body: { details: { errors: [{ pointer: '/dimension/manifest' }] } } });
    expect((await post(manifest.replace(/users\/\w+/, `users/${'a'.repeat(26)}`), {})).status).toBe(403);
  });
});
