import { describe, expect } from '@jest/globals';
import { fake, proxy } from '../support/control.ts';
import { aFakeJob, aJob, aTitle, ended } from '../support/jobs.ts';
import { itemsOf } from '../support/local.ts';
import { together } from '../support/together.ts';

/** The write that takes a platform's job for ours (fence and commit), of a lane. */
const commitOf = (platform: string) => ({
  target: /UpdateItem$/,
  body: new RegExp(String.raw`^(?=[\s\S]*startSentAt)(?=[\s\S]*"${platform}~service#0")`),
});
/** Longer than the quarantine of the local environment and a poll after it. */
const afterQuarantine = { within: 100, ticking: true };

/** What the built-in platform has of a job, whoever made it. */
const builtinJobs = async (jobId: string) => (await itemsOf('BuiltinTable')).filter((item) => String(item['tag']).includes(jobId));

describe('A job whose worker is killed', () => {
  together('after the platform created it and before that was stored is not lost and not doubled (two phases)', async () => {
    const rule = await proxy.hold(commitOf('builtin-create'));
    const { id } = await aJob({ platform: 'builtin-create', parameters: { text: 'once' }, prefer: 'respond-async' });
    await proxy.killSender(rule);
    expect(await builtinJobs(id)).toMatchObject([{ status: 'created' }]);
    expect((await ended(id, afterQuarantine)).status).toBe('finished');
    expect(await builtinJobs(id)).toMatchObject([{ status: 'finished' }]);
  });

  together('after that was stored and before it was started is started, once', async () => {
    const rule = await proxy.hold(commitOf('builtin-start'));
    const { id } = await aJob({ platform: 'builtin-start', parameters: { text: 'once' }, prefer: 'respond-async' });
    const { held } = await proxy.held(rule);
    const [created] = await builtinJobs(id);
    const start = await proxy.hold({ path: /^POST .*\/invocations/, body: new RegExp(String(created!['id'])) });
    await proxy.release(held);
    await proxy.killSender(start);
    expect((await ended(id, afterQuarantine)).status).toBe('finished');
    expect(await builtinJobs(id)).toMatchObject([{ id: created!['id'], status: 'finished' }]);
  });

  together('after a platform that runs what it creates took it is found there again', async () => {
    const rule = await proxy.hold(commitOf('fake-crash'));
    const title = aTitle('crash');
    const { id } = await aFakeJob('fake-crash', title);
    await proxy.killSender(rule);
    expect(await fake('fake-crash').starts(title)).toBe(1);
    expect((await ended(id, afterQuarantine)).status).toBe('finished');
    expect(await fake('fake-crash').starts(title)).toBe(1);
  });
});

describe('A job whose commit was written but never acknowledged', () => {
  together('goes on as if nothing had happened', async () => {
    await proxy.dropAfterEffect(commitOf('builtin-answer'));
    const { id } = await aJob({ platform: 'builtin-answer', parameters: { text: 'once' } });
    expect((await ended(id)).status).toBe('finished');
    expect(await builtinJobs(id)).toMatchObject([{ status: 'finished' }]);
  });
});
