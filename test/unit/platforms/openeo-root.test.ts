import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeOpenEo } from '../../support/fake-openeo.ts';
import { openEoClient } from '../../support/openeo-client.ts';

let fake: FakeOpenEo;
beforeEach(async () => {
  fake = await new FakeOpenEo().open();
});
afterEach(() => fake.stop());

const submission = { tag: '[swath:test/1.1]', process: 'echo', title: 'A job', inputs: {}, format: 'json' };

describe('finding the API of a platform', () => {
  const version = (url: string, api_version = '1.2.0') => ({ url, api_version });

  it('takes the newest version below the base URL that it understands, once', async () => {
    fake.versions = [version(`${fake.url}/openeo/1.2`), version(`${fake.url}/openeo/0.4`, '0.4.2'), version(`${fake.url}/v2`, '2.0.0')];
    const client = openEoClient(fake);
    fake.add({ id: 'a' });
    await Promise.all([client.status('a'), client.status('a'), client.status('a')]);
    expect(fake.requests.get('GET /.well-known/openeo')).toBe(1);
    expect(fake.requests.get('GET /jobs/a')).toBe(3);
  });

  it('takes the base URL where that is a version itself', async () => {
    const client = openEoClient(fake, { baseUrl: `${fake.url}/openeo/1.2` });
    fake.add({ id: 'a' });
    expect((await client.status('a')).kind).toBe('found');
  });

  it.each(['https://elsewhere.example/openeo/1.2', 'http://127.0.0.1:9/openeo/1.2'])('never goes to another host (%s)', async (url) => {
    fake.versions = [version(url)];
    expect(await openEoClient(fake).create(submission)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('no openEO API of version 1'),
    });
  });

  it.each([{ status: 500 }, { status: 429 }, 'drop', 'hang'] as const)(
    'sends nothing to a guessed address while it answers %j',
    async (answer) => {
      const client = openEoClient(fake);
      const remove = fake.fault({ match: /well-known/, answer });
      expect((await client.create(submission)).kind).toBe('unavailable');
      expect([...fake.requests.keys()]).toEqual(['GET /.well-known/openeo']);
      remove();
      expect((await client.create(submission)).kind).toBe('done');
    },
  );

  it('is looked for again after an hour, and when the platform no longer speaks its version', async () => {
    let now = 0;
    const client = openEoClient(fake, { clock: { now: () => now } });
    const discoveries = () => fake.requests.get('GET /.well-known/openeo');
    fake.add({ id: 'a' });
    await client.status('a');
    now += 3_600_000;
    await client.status('a');
    expect(discoveries()).toBe(2);
    fake.fault({ match: /jobs/, times: 1, answer: { status: 404, body: '{"code": "UnsupportedApiVersion", "message": "gone"}' } });
    expect((await client.status('a')).kind).toBe('unavailable');
    await client.status('a');
    expect(discoveries()).toBe(3);
  });
});

describe('basic login', () => {
  const account = { username: 'swath', password: 'secret' };
  beforeEach(() => {
    fake.style.account = account;
  });

  it('happens once, and each request then has the prefixed token', async () => {
    const client = openEoClient(fake, { account });
    expect((await Promise.all([client.create(submission), client.create(submission)])).map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(fake.tokens).toBe(1);
    expect(fake.authorizationsOf('POST /jobs')).toEqual(['Bearer basic//token-1', 'Bearer basic//token-1']);
  });

  it('happens again when the platform refuses the token: that create was not done, the next one is', async () => {
    const client = openEoClient(fake, { account });
    await client.create(submission);
    fake.tokens += 1; // somebody logged in: the old token is over
    expect((await client.create(submission)).kind).toBe('unavailable');
    expect((await client.create(submission)).kind).toBe('done');
    expect(fake.creates.get(submission.tag)).toBe(2);
  });

  it('that fails means that nothing was sent, and is tried again next time', async () => {
    const client = openEoClient(fake, { account: { ...account, password: 'wrong' } });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const outcome = await client.create(submission);
      expect(outcome).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('Credentials are not correct') });
      expect(JSON.stringify(outcome)).not.toContain('wrong');
    }
    expect(fake.requests.get('GET /credentials/basic')).toBe(2);
    expect(fake.requests.has('POST /jobs')).toBe(false);
  });

  it('is needed where the platform wants it', async () => {
    expect((await openEoClient(fake).status('a')).kind).toBe('unavailable');
  });
});
