import { createHash } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import type { UploadTicket } from '../../lambdas/workspace/model.ts';
import { aTitle } from '../support/jobs.ts';
import { api } from '../support/local.ts';

jest.setTimeout(60_000);

const ask = (path: string, text: string) =>
  api<UploadTicket>('POST', '/workspace/uploads', {
    as: 'alice',
    body: { path, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex'), contentType: 'text/plain' },
  });
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
