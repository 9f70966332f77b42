import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallbackKeys } from '../../lambdas/ogc/callbacks/model.ts';
import type { StatusInfo } from '../../lambdas/ogc/model.ts';
import { api } from '../support/local.ts';
import { until } from '../support/until.ts';

interface Got {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}
/** A client's own server; paths that end in `-late` answer 500 the first time. */
const got: Got[] = [];
let server: Server;
const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
const calls = (path: string) => got.filter((one) => one.path === `/${path}`);

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      const path = request.url!;
      response.writeHead(path.endsWith('-late') && got.every((one) => one.path !== path) ? 500 : 204).end();
      got.push({ path, headers: request.headers, body });
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => void server.close());

const run = (body: object, query = '') =>
  api<StatusInfo>('POST', `/processes/echo/execution${query}`, { as: 'alice', body, headers: { prefer: 'respond-async' } });

describe('Callbacks on the deployed stack', () => {
  it('tell of a run and bring its results, signed with the published key', async () => {
    const subscriber = { inProgressUri: at('runs'), successUri: at('yes'), failedUri: at('no') };
    const made = await run({ inputs: { text: 'hello', pause: 3 }, subscriber });
    const [success] = await until('the results were brought', () => (calls('yes').length > 0 ? calls('yes') : undefined));
    expect(JSON.parse(success!.body)).toMatchObject({ text: 'hello' });
    const [runs] = await until('the run was told', () => (calls('runs').length > 0 ? calls('runs') : undefined));
    expect(JSON.parse(runs!.body)).toMatchObject({ jobID: made.body.jobID, processID: 'echo', status: 'running' });
    expect(calls('no')).toEqual([]);

    const { body } = await api<CallbackKeys>('GET', '/callback_keys');
    const key = createPublicKey({ key: { ...body.keys[0]! }, format: 'jwk' });
    for (const { headers, body: text } of [success!, runs!]) {
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
      const signature = Buffer.from(String(headers['webhook-signature']).replace('v1a,', ''), 'base64');
      expect(verify(null, Buffer.from(signed), key, signature)).toBe(true);
    }
    expect(success!.headers['webhook-id']).toContain(made.body.jobID);
  });

  it('of a failure come again when they were not taken, and a response handler is told as well', async () => {
    const handler = encodeURIComponent(at('handler'));
    const made = await run({ inputs: { fail: 'on purpose' }, subscriber: { failedUri: at('failed-late') } }, `?responseHandler=${handler}`);
    const [first, second] = await until('the second call', () => (calls('failed-late').length > 1 ? calls('failed-late') : undefined), {
      within: 60,
    });
    expect(second).toMatchObject({ body: first!.body, headers: { 'webhook-id': first!.headers['webhook-id'] } });
    expect(JSON.parse(first!.body)).toMatchObject({ jobID: made.body.jobID, status: 'failed', message: 'on purpose' });
    expect(calls('handler').map(({ body }) => (JSON.parse(body) as StatusInfo).status)).toEqual(['failed']);
  });

  it('are refused to internal addresses', async () => {
    const refused = await run({ inputs: {}, subscriber: { successUri: 'http://169.254.169.254/' } });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/subscriber/successUri' }] } });
  });
});
