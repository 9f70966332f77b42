import { describe, expect, it } from '@jest/globals';
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventsOf } from '../../../lambdas/dispatch/rules/events.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import type { Delivery, SigningKey } from '../../../lambdas/ogc/callbacks/model.ts';
import { guardedPost } from '../../../lambdas/ogc/callbacks/post.ts';
import { ensureKey, signer } from '../../../lambdas/ogc/callbacks/signature.ts';
import { Execute } from '../../../lambdas/ogc/model.ts';
import { meaningOf, pauseAfter, publicKeys, triedForMs } from '../../../lambdas/ogc/rules/calls.ts';
import { resultsBody } from '../../../lambdas/ogc/rules/results.ts';
import { callsOf, deliver, type CallDeps } from '../../../lambdas/ogc/use-cases/deliver.ts';
import { door, problemOf, url } from '../../support/ogc-door.ts';

interface Call {
  uri: string;
  headers: Record<string, string>;
  body: unknown;
}

/** The door, its queue of calls, and a client whose URLs answer what they are told to. */
function subscribed(answers: ({ status: number } | { failure: string })[] = []) {
  const d = door();
  const made: Call[] = [];
  const queue: { delivery: Delivery; seconds: number }[] = [];
  const parked: { delivery: Delivery; reason: string }[] = [];
  const deps: CallDeps = {
    jobs: d.deps.jobs,
    catalogue: d.deps.catalogue,
    clock: d.deps.clock,
    url,
    post: async (uri, headers, body) => {
      made.push({ uri, headers, body: JSON.parse(body) as unknown });
      return answers.shift() ?? { status: 204 };
    },
    sign: async (text) => `signed(${text.length})`,
    again: async (delivery, seconds) => void queue.push({ delivery, seconds }),
    park: async (delivery, reason) => void parked.push({ delivery, reason }),
    note: () => undefined,
  };
  /** The bus tells the news of all changes since the last time. */
  const news = async () => {
    for (const { before, after } of d.w.changes.splice(0))
      for (const event of eventsOf(before, after))
        if (event.data.subscribed) for (const call of await callsOf(deps, event)) await deliver(deps, call);
  };
  return { d, deps, made, queue, parked, news };
}
const subscriber = { successUri: 'https://me.example/yes', inProgressUri: 'https://me.example/runs', failedUri: 'https://me.example/no' };

describe('A subscriber', () => {
  it('is called when the job runs, and with the results when they are there', async () => {
    const s = subscribed();
    const jobId = await s.d.start({ subscriber });
    await s.d.poll();
    await s.d.finish(jobId);
    await s.news();
    expect(s.made.map(({ uri }) => uri)).toEqual([subscriber.inProgressUri, subscriber.successUri]);
    expect(s.made[0]!.body).toMatchObject({ jobID: jobId, processID: 'plat:echo', status: 'running' });
    expect(s.made[1]!.body).toEqual({ echo: 'hello' });
    expect(s.made[1]!.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': expect.stringMatching(new RegExp(`^${jobId}\\.\\d+\\.success$`)),
      'webhook-signature': expect.stringMatching(/^v1a,signed/),
      'swath-seq': expect.stringMatching(/^\d+$/),
    });
  });

  it('is told of a failure as it was then, even when the job was run again meanwhile', async () => {
    const s = subscribed();
    const jobId = await s.d.start({ subscriber });
    await s.d.poll();
    s.d.w.remote.end(s.d.w.job(jobId).platformJobId!, 'failed');
    await s.d.poll();
    const [event] = s.d.w.changes.flatMap(({ before, after }) => eventsOf(before, after)).filter(({ type }) => type === 'job.failed');
    await retryJob(s.d.w.deps, s.d.w.job(jobId));
    expect(s.d.w.job(jobId).status).toBe('queued');
    for (const call of await callsOf(s.deps, event!)) await deliver(s.deps, call);
    expect(s.made).toMatchObject([{ uri: subscriber.failedUri, body: { jobID: jobId, status: 'failed', finished: expect.any(String) } }]);
  });

  it('is told of a job that was dismissed', async () => {
    const s = subscribed();
    const { body } = await s.d.run({ subscriber }, { respondAsync: true });
    const { jobID } = body as { jobID: string };
    await s.d.deps.jobs.cancel(s.d.w.job(jobID));
    await s.news();
    expect(s.made).toMatchObject([{ uri: subscriber.failedUri, body: { jobID, status: 'dismissed' } }]);
  });

  it('is not called for jobs of others, nor a job without one at all', async () => {
    const s = subscribed();
    const jobId = await s.d.start();
    expect(s.d.w.job(jobId).subscribed).toBeUndefined();
    await s.d.finish(jobId);
    await s.news();
    expect(s.made).toEqual([]);
  });

  it('of a job that was deleted before it could be told is told nothing', async () => {
    const s = subscribed();
    const jobId = await s.d.start({ subscriber });
    await s.d.finish(jobId);
    const [event] = s.d.w.changes
      .flatMap(({ before, after }) => eventsOf(before, after))
      .filter(({ type }) => type === 'job.results.ready');
    const [call] = await callsOf(s.deps, event!);
    await s.d.deps.jobs.remove(s.d.w.job(jobId));
    await deliver(s.deps, call!);
    expect([await callsOf(s.deps, event!), s.made, s.queue]).toEqual([[], [], []]);
  });

  it('that does not answer is called again, later each time, with the same id, and is given up after a day', async () => {
    const s = subscribed([{ failure: 'no answer' }, { status: 500 }, { status: 302 }, { status: 404 }]);
    const jobId = await s.d.start({ subscriber: { failedUri: subscriber.failedUri } });
    await s.d.poll();
    s.d.w.remote.end(s.d.w.job(jobId).platformJobId!, 'failed');
    await s.d.poll();
    await s.news();
    for (let tries = 0; tries < 2; tries += 1) await deliver(s.deps, s.queue.at(-1)!.delivery);
    expect(s.queue.map(({ seconds }) => seconds)).toEqual([10, 20, 40]);
    expect(new Set(s.made.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    s.d.w.pass(triedForMs / 1000);
    await deliver(s.deps, s.queue.at(-1)!.delivery);
    expect(s.parked).toMatchObject([{ delivery: { uri: subscriber.failedUri }, reason: 'answered 404' }]);
    expect(s.queue).toHaveLength(3);
  });

  it('that says 410 is not called again', async () => {
    const s = subscribed([{ status: 410 }]);
    const jobId = await s.d.start({ subscriber: { inProgressUri: subscriber.inProgressUri } });
    await s.d.poll();
    expect(s.d.w.job(jobId).status).toBe('running');
    await s.news();
    expect([s.made.length, s.queue, s.parked]).toEqual([1, [], []]);
  });

  it('with a URL that may not be called is refused, and so is one without any', async () => {
    const { d } = subscribed();
    const refused = await problemOf(
      d.run({ subscriber: { successUri: 'http://10.0.0.1/' } }, { respondAsync: true }, undefined, ['mailto:a@b.example']),
    );
    expect(refused).toMatchObject({
      code: 'VALIDATION_ERROR',
      errors: [{ pointer: '/subscriber/successUri' }, { pointer: 'responseHandler' }],
    });
    expect(Execute.safeParse({ subscriber: {} }).error?.issues).toMatchObject([{ path: ['subscriber'] }]);
  });
});

describe('A response handler', () => {
  const handlers = ['https://me.example/a', 'https://me.example/b', 'https://me.example/a'];
  it('is told the status at the end, once', async () => {
    const s = subscribed();
    const jobId = await s.d.start({}, handlers);
    await s.d.finish(jobId);
    await s.news();
    expect(s.made).toMatchObject(
      ['a', 'b'].map((one) => ({ uri: `https://me.example/${one}`, body: { jobID: jobId, status: 'successful' } })),
    );
  });

  it('of a synchronous execution is not called', async () => {
    const s = subscribed();
    s.d.later(s.d.call);
    await s.d.run({}, {}, undefined, handlers);
    await s.news();
    expect(s.made).toEqual([]);
  });
});

describe('The body of a call', () => {
  const outputs = [{ name: 'text', value: 'x'.repeat(100) }];
  it('has the values, and links where these are too large', () => {
    expect(JSON.parse(resultsBody(outputs, `${url}/r`, 1000))).toEqual({ text: outputs[0]!.value });
    expect(JSON.parse(resultsBody(outputs, `${url}/r`, 50))).toEqual({ text: { href: `${url}/r/text`, type: 'application/json' } });
  });
});

describe('The pauses between calls', () => {
  it('double from ten seconds to a quarter of an hour', () =>
    expect([0, 1, 2, 6, 7, 50].map(pauseAfter)).toEqual([10, 20, 40, 640, 900, 900]));
  it.each([
    [200, 'done'],
    [202, 'done'],
    [301, 'again'],
    [400, 'again'],
    [410, 'gone'],
    [503, 'again'],
  ])('%d means %s', (status, meaning) => expect(meaningOf(status)).toBe(meaning));
});

describe('The signature', () => {
  const vault = {
    seal: async (text: string) => Buffer.from(text).toString('hex'),
    open: async (sealed: string) => Buffer.from(sealed, 'hex').toString(),
  };
  const keyStore = () => {
    let kept: SigningKey | undefined;
    return { get: async () => kept, putFirst: async (key: SigningKey) => (kept === undefined ? ((kept = key), true) : false) };
  };

  it('is one that whoever has the public key can check, and stays that of the first deployment', async () => {
    const keys = keyStore();
    expect(await ensureKey(keys, vault, '2026-03-01T00:00:00Z')).toEqual({ made: true });
    expect(await ensureKey(keys, vault, '2026-04-01T00:00:00Z')).toEqual({ made: false });
    const [jwk] = publicKeys([(await keys.get())!]).keys;
    const signature = Buffer.from(await signer(keys, vault)('id.1.{}'), 'base64');
    const key = createPublicKey({ key: { ...jwk! }, format: 'jwk' });
    expect(verify(null, Buffer.from('id.1.{}'), key, signature)).toBe(true);
    expect(verify(null, Buffer.from('id.2.{}'), key, signature)).toBe(false);
    expect(jwk!.whpk).toMatch(/^whpk_[\w+/]{43}=$/);
    expect(JSON.stringify(jwk)).not.toContain((await keys.get())!.sealed);
  });

  it('without a key fails, and works when there is one', async () => {
    const keys = keyStore();
    const sign = signer(keys, vault);
    await expect(sign('x')).rejects.toThrow('no key');
    await ensureKey(keys, vault, '2026-03-01T00:00:00Z');
    await expect(sign('x')).resolves.toMatch(/=$/);
  });
});

describe('A call over HTTP', () => {
  async function receiver(status: number, headers: Record<string, string> = {}) {
    const got: { headers: IncomingHttpHeaders; body: string }[] = [];
    const server: Server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += String(part)));
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        response.writeHead(status, headers).end('much that nobody reads');
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return { got, port: (server.address() as AddressInfo).port, close: () => server.close() };
  }
  const here = { schemes: ['https:', 'http:'], loopback: true };
  const outside = { schemes: ['https:', 'http:'], loopback: false };

  it('brings headers and body, and follows no redirect', async () => {
    const there = await receiver(302, { location: 'http://169.254.169.254/' });
    const answer = await guardedPost(here)(`http://127.0.0.1:${there.port}/x?y=1`, { 'webhook-id': 'a' }, '{"a":"ü"}');
    there.close();
    expect(answer).toEqual({ status: 302 });
    expect(there.got).toMatchObject([{ headers: { 'webhook-id': 'a' }, body: '{"a":"ü"}' }]);
  });

  it.each(['http://127.0.0.1:1/', 'http://169.254.169.254/latest/', 'https://user:pw@example.org/', 'http://[::1]/', 'ftp://example.org/'])(
    'is not made to %s',
    async (uri) => expect(await guardedPost(outside)(uri, {}, '')).toEqual({ failure: expect.any(String) }),
  );

  it('is made to the address that was judged, and to no internal one, whatever its name is', async () => {
    const there = await receiver(200);
    const resolvingTo =
      (...addresses: string[]) =>
      (_: string, __: object, found: (error: null, addresses: { address: string; family: number }[]) => void) =>
        found(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        );
    const uri = `http://receiver.example:${there.port}/`;
    expect(await guardedPost(here, resolvingTo('127.0.0.1'))(uri, {}, '')).toEqual({ status: 200 });
    for (const inside of [['127.0.0.1'], ['93.184.216.34', '10.0.0.1']])
      expect(await guardedPost(outside, resolvingTo(...inside))(uri, {}, '')).toEqual({ failure: 'no answer (INTERNAL_ADDRESS)' });
    there.close();
    expect(there.got).toHaveLength(1);
  });

  it('to nobody says so', async () =>
    expect(await guardedPost(here)('http://127.0.0.1:1/', {}, '')).toEqual({ failure: 'no answer (ECONNREFUSED)' }));
});
