import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { pidOfPort } from '../../support/process-of-port.ts';

let upstream: Server;
let proxy: FaultProxy;
let received: { path: string; headers: string[]; body: string }[];

beforeEach(async () => {
  received = [];
  upstream = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.rawHeaders, body });
      response.writeHead(201, { 'X-Answer': 'yes' }).end('from upstream');
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  proxy = await new FaultProxy(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`).open();
});
afterEach(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const call = (target = 'DynamoDB_20120810.UpdateItem', body = '{"a":1}') =>
  fetch(`${proxy.url}/some%2Fpath?q=1`, { method: 'POST', headers: { 'X-Amz-Target': target }, body });

describe('the proxy in front of the emulator', () => {
  it('passes path, body, Host and answer on as they are', async () => {
    const answer = await call();
    expect([answer.status, answer.headers.get('x-answer'), await answer.text()]).toEqual([201, 'yes', 'from upstream']);
    expect(received[0]).toMatchObject({ path: '/some%2Fpath?q=1', body: '{"a":1}' });
    const { headers } = received[0]!;
    expect(headers[headers.findIndex((name) => name.toLowerCase() === 'host') + 1]).toBe(new URL(proxy.url).host);
  });

  it('answers for the emulator as often as asked, and only what matches', async () => {
    proxy.answer({ target: /UpdateItem$/, body: /"a":1/ }, 503);
    expect((await call('DynamoDB_20120810.GetItem')).status).toBe(201);
    expect((await call(undefined, '{"a":2}')).status).toBe(201);
    expect((await call()).status).toBe(503);
    expect((await call()).status).toBe(201);
    expect(received).toHaveLength(3);
  });

  it('loses the answer after the effect', async () => {
    proxy.dropAfterEffect({ path: /^POST \/some/ });
    await expect(call()).rejects.toThrow();
    expect(received).toHaveLength(1);
  });

  it('holds a request, tells which process waits for it, and lets it go', async () => {
    const rule = proxy.hold({ target: /UpdateItem/ });
    const answer = call();
    const held = await rule.held();
    expect(received).toHaveLength(0);
    expect(pidOfPort(held.remotePort)).toBe(process.pid);
    held.release();
    expect((await answer).status).toBe(201);
  });

  it('breaks a held request that shall have no effect', async () => {
    const rule = proxy.hold({});
    const refused = expect(call()).rejects.toThrow();
    (await rule.held()).release(false);
    await refused;
    expect(received).toHaveLength(0);
  });

  it('forgets a rule that was removed', async () => {
    proxy.answer({}, 500, '{}', 5).remove();
    expect((await call()).status).toBe(201);
  });

  it('carries a request out two times and answers it once', async () => {
    proxy.twice({ target: /SendMessage$/ });
    expect((await call('AmazonSQS.SendMessage')).status).toBe(201);
    expect(received.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
  });

  it('strikes after so many requests, so often, and tells which it met', async () => {
    const rule = proxy.strike({ target: /UpdateItem$/ }, { kind: 'answer', status: 500, body: '{}' }, { after: 1, times: 2 });
    const statuses: number[] = [];
    for (const target of ['UpdateItem', 'GetItem', 'UpdateItem', 'UpdateItem', 'UpdateItem']) statuses.push((await call(target)).status);
    expect(statuses).toEqual([201, 201, 500, 500, 201]);
    expect(rule.struck().map((line) => line.replace(/^\S+ /, ''))).toEqual(['answer UpdateItem {"a":1}', 'answer UpdateItem {"a":1}']);
  });

  it('tells an observer what was asked and answered', async () => {
    const told = new Promise((resolve) => (proxy.observe = resolve));
    await call();
    expect(await told).toMatchObject({
      ...{ target: 'DynamoDB_20120810.UpdateItem', path: 'POST /some%2Fpath?q=1', status: 201 },
      ...{ body: Buffer.from('{"a":1}'), answer: Buffer.from('from upstream') },
    });
  });

  it('ends the process that sends a request, which has no effect', async () => {
    proxy.kill({ target: /UpdateItem$/ });
    const script = `fetch(${JSON.stringify(proxy.url)}, { method: 'POST', headers: { 'X-Amz-Target': 'UpdateItem' }, body: '{}' })`;
    const sender = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const signal = await new Promise((resolve) => sender.once('exit', (_, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    expect(received).toEqual([]);
  });
});
