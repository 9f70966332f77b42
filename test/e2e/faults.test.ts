import { describe, expect } from '@jest/globals';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Lane } from '../../lambdas/dispatch/model.ts';
import { fake } from '../support/control.ts';
import { aFakeJob, aJob, aTitle, collected, ended, getJob, untilJob } from '../support/jobs.ts';
import { api, aws, local } from '../support/local.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';

const lane = async (platform: string): Promise<Lane> => {
  const Key = { pk: `${platform}~service`, sk: 'lane' };
  return (await aws.dynamo().send(new GetCommand({ TableName: local().outputs['LanesTable']!, Key, ConsistentRead: true }))).Item as Lane;
};
/** Longer than the quarantine of the local environment and a poll after it. */
const afterQuarantine = { within: 90, ticking: true };
const create = /^POST \/processes/;

describe('A job whose platform', () => {
  together('refuses connections waits, says why, and goes on when the platform is back', async () => {
    await fake('fake-down').close();
    const title = aTitle('down');
    const { id } = await aFakeJob('fake-down', title);
    const waiting = await untilJob(id, 'says why it waits', (job) => job.message !== undefined);
    expect(waiting).toMatchObject({ status: 'queued', queue: { position: 1 } });
    const closed = await untilJob(id, 'names the lane as closed', (job) => job.queue?.reason !== undefined, { ticking: true });
    expect(closed.queue!.reason).toContain('tried again');
    expect(closed.status).toBe('queued');
    const health = async () => (await api<{ health: { status: string } }>('GET', '/platforms/fake-down', { as: 'alice' })).body.health;
    await until('the lane is closed', async () => (await health()).status === 'closed' || undefined, { ticking: true });
    await fake('fake-down').open();
    expect((await ended(id, { within: 60, ticking: true })).status).toBe('finished');
    expect(await fake('fake-down').starts(title)).toBe(1);
  });

  together('answers 500 waits until nothing can take effect any more, and is then sent again, once', async () => {
    await fake('fake-error').fault({ match: create, times: 1, answer: { status: 500, body: '<h1>Internal Server Error</h1>' } });
    const title = aTitle('error');
    const { id } = await aFakeJob('fake-error', title);
    const waiting = await untilJob(id, 'says why it waits', (job) => job.message !== undefined);
    expect(waiting).toMatchObject({ status: 'queued', message: 'The platform answered 500.' });
    expect((await ended(id, afterQuarantine)).status).toBe('finished');
    expect(await fake('fake-error').starts(title)).toBe(1);
  });

  together('answers nonsense is not sent twice although it was carried out', async () => {
    await fake('fake-garbage').fault({ match: create, times: 1, answer: { status: 201, body: '<html>ok</html>' }, effect: 'now' });
    const title = aTitle('garbage');
    const { id } = await aFakeJob('fake-garbage', title);
    expect(await untilJob(id, 'says why it waits', (job) => job.message !== undefined)).toMatchObject({ status: 'queued' });
    expect((await ended(id, afterQuarantine)).status).toBe('finished');
    expect(await fake('fake-garbage').starts(title)).toBe(1);
  });

  together('hangs and carries the request out later is not sent twice', async () => {
    await fake('fake-hang').fault({ match: create, times: 1, answer: 'hang', effect: { afterMs: 8000 } });
    const title = aTitle('hang');
    const { id } = await aFakeJob('fake-hang', title);
    expect(await untilJob(id, 'says why it waits', (job) => job.message !== undefined)).toMatchObject({ status: 'queued' });
    expect((await ended(id, afterQuarantine)).status).toBe('finished');
    expect(await fake('fake-hang').starts(title)).toBe(1);
  });

  together('breaks the connection is held for its owner where others use the account too', async () => {
    await fake('fake-shared').fault({ match: create, times: 1, answer: 'drop', effect: 'now' });
    const title = aTitle('shared');
    const { id } = await aFakeJob('fake-shared', title);
    const held = await untilJob(id, 'is held', (job) => job.held !== undefined, afterQuarantine);
    expect(held).toMatchObject({ status: 'queued', held: 'ambiguous' });
    await api('POST', `/unit_jobs/${id}/retry`, { as: 'alice' });
    expect(await ended(id, { ticking: true })).toMatchObject({ status: 'finished', incarnation: 2 });
    expect(await fake('fake-shared').starts(title)).toBe(2); // as its owner decided
  });

  together('has no room for it (429) waits as long as it is told, and does not fail', async () => {
    const busy = { status: 429, headers: { 'retry-after': '1' }, body: '{"title":"Too many jobs"}' };
    await fake('fake-busy').fault({ match: create, times: 8, answer: busy });
    const title = aTitle('busy');
    const { id } = await aFakeJob('fake-busy', title);
    expect(await untilJob(id, 'says why it waits', (job) => job.message !== undefined)).toMatchObject({
      status: 'queued',
      message: 'Too many jobs',
    });
    expect((await ended(id, { within: 60, ticking: true })).status).toBe('finished');
    expect(await fake('fake-busy').starts(title)).toBe(1);
  });

  together('goes down while it runs keeps its status, tells how old the news is, and ends when the platform is back', async () => {
    const title = aTitle('outage');
    const { id } = await aFakeJob('fake-outage', title, { seconds: 8 });
    await untilJob(id, 'is on the platform', (job) => job.platformJobId !== undefined);
    await fake('fake-outage').close();
    const { pollNumber = 0 } = await lane('fake-outage');
    const before = await getJob(id);
    // The lane notes that its platform answers every ten seconds at the most.
    const isOld = () => Date.now() - Date.parse(before.lastSeenAt!) > 11_000;
    const polledOften = async () => ((await lane('fake-outage')).pollNumber ?? 0) > pollNumber + 3;
    await until('more polls, and old news', async () => (isOld() && (await polledOften())) || undefined, { ticking: true });
    const meanwhile = await getJob(id);
    expect(meanwhile).toMatchObject({ status: before.status, lastSeenAt: before.lastSeenAt, updated: before.updated });
    await fake('fake-outage').open();
    expect((await ended(id, { within: 60, ticking: true })).status).toBe('finished');
    // The poll that told of the end notes last that the platform answered.
    await until('newer news', async () => (await lane('fake-outage')).lastSeenAt! > before.lastSeenAt! || undefined, { ticking: true });
  });

  together('says that it failed fails with what the platform said', async () => {
    const { id } = await aFakeJob('fake-polled', aTitle('failing'), { fail: 'No scene covers this bbox.' });
    expect(await ended(id, { ticking: true })).toMatchObject({ status: 'failed', message: 'No scene covers this bbox.' });
  });

  together('refuses the inputs fails at once with what the platform said', async () => {
    const body = '{"code":"InvalidParameterValue","description":"red: a band is needed"}';
    await fake('fake-polled').fault({ match: /^POST \/processes\/picky/, times: 1, answer: { status: 400, body } });
    const title = aTitle('refused');
    const { id } = await aJob({ platform: 'fake-polled', application: 'picky', title, parameters: { title } });
    expect(await ended(id)).toMatchObject({ status: 'failed', message: 'red: a band is needed' });
    expect(await fake('fake-polled').starts(title)).toBe(0);
  });

  together('answers in the forms of older servers runs all the same', async () => {
    const title = aTitle('null body');
    await fake('fake-old').style({ createBody: 'null', resultsForm: 'outputs' });
    const { id } = await aFakeJob('fake-old', title);
    await collected(id);
    const { body } = await api<{ assets: Record<string, { href: string }> }>('GET', `/unit_jobs/${id}/results`, { as: 'alice' });
    expect(body.assets['image']!.href).toMatch(/\.tif$/);
  });
});
