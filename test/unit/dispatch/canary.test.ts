import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { jobDetail, listJobs } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { readLogs } from '../../../lambdas/dispatch/use-cases/logs.ts';
import { collectResults, readResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { wakeOrFree } from '../../../lambdas/dispatch/use-cases/serve-lane.ts';
import { OpenEoClient } from '../../../lambdas/platforms/openeo/client.ts';
import { ApiRoot } from '../../../lambdas/platforms/openeo/root.ts';
import { faultOf } from '../../../lambdas/platforms/user-credentials/rules.ts';
import { userAuthorization } from '../../../lambdas/platforms/user-credentials/use-cases/authorize.ts';
import { obtain } from '../../../lambdas/platforms/user-credentials/use-cases/exchange.ts';
import { setCredential, showCredential } from '../../../lambdas/platforms/user-credentials/use-cases/keep.ts';
import { log } from '../../../lambdas/shared/log.ts';
import { systemClock } from '../../../lambdas/shared/time/system.ts';
import { credentialWorld } from '../../support/credentials.ts';
import { canary, FakeIssuer } from '../../support/fake-issuer.ts';
import { FakeOpenEo } from '../../support/fake-openeo.ts';
import { world } from '../../support/world.ts';

let issuer: FakeIssuer;
let openEo: FakeOpenEo;
const lines: string[] = [];
beforeEach(async () => {
  issuer = await new FakeIssuer().open();
  openEo = await new FakeOpenEo().open();
  openEo.issuer = issuer;
  lines.splice(0);
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all([issuer.stop(), openEo.stop()]);
});

/** The job core on memory, a real client, a back-end that takes only tokens of the issuer. */
function stage() {
  const credentials = credentialWorld(issuer);
  const w = world({ platform: { ...credentials.entry, id: 'plat', baseUrl: openEo.url, processHosts: [openEo.host] } });
  const times = { connectSeconds: 1, readSeconds: 1 };
  const platform = { ...credentials.platform, id: 'plat' };
  const clients = new Map<string, OpenEoClient>();
  w.deps.client = (entry, user = '') => {
    const authorization = userAuthorization(credentials.deps, platform, user);
    const made = () =>
      new OpenEoClient(entry, new ApiRoot(entry.baseUrl, times, systemClock), authorization, times, systemClock, async () => undefined);
    clients.set(user, clients.get(user) ?? made());
    return clients.get(user)!;
  };
  w.deps.credentialFault = async (_, user = '') => faultOf(await credentials.store.get(user, 'plat'), platform, Date.now());
  w.deps.report = (message, fields) => log.error(message, fields);
  const entry = { ...credentials.entry, id: 'plat' };
  return {
    ...w,
    credentials,
    sign: () => obtain(credentials.deps, platform, { userId: 'alice', issuer: issuer.url, jwt: issuer.login('alice') }),
    put: () => setCredential(credentials.deps, 'alice', entry, { refreshToken: issuer.refreshToken('alice') }),
    show: () => showCredential(credentials.deps, 'alice', entry),
    send: () => w.send('alice', `${openEo.url}/udp/echo.json`, {}, {}, 'async', 'openeo'),
  };
}

describe('No token of a user', () => {
  it('is in any table, event, log, file, answer or error, whatever the platform repeats of it', async () => {
    const w = stage();
    const said: unknown[] = [];
    await w.sign();
    const { jobId } = await w.send();
    await w.serve();
    const [job] = [...openEo.jobs.values()];
    expect(job).toMatchObject({ user: 'alice', runs: 1 });
    const [token] = openEo.authorizationsOf('POST /jobs').map((value) => value!.replace('Bearer ', ''));
    expect(token).toMatch(canary);
    job!.logs.push({ id: 'l1', level: 'info', message: `started with ${token} by alice` });
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await collectResults(w.deps, jobId);
    said.push(await readLogs(w.deps, w.job(jobId), { level: 'debug', limit: 100 }), await readResults(w.deps, w.job(jobId), 'self'));
    expect(JSON.stringify(said)).toContain('started with [redacted] by alice');

    // The platform repeats what it was sent, in the error of a token that it refuses; renewed, it is refused again.
    openEo.bans.add('alice');
    const second = await w.send();
    for (let n = 0; n < 4; n += 1) {
      w.pass(61);
      await wakeOrFree(w.deps, w.laneId);
      await w.serve();
    }
    said.push(await jobDetail(w.deps, w.job(second.jobId)), await w.show());
    expect(said.at(-2)).toMatchObject({ held: 'credential', message: expect.stringContaining('Own does not take your token any more.') });

    // Revoked at its issuer, then another.
    openEo.bans.clear();
    await w.put();
    issuer.revoke('alice');
    await wakeOrFree(w.deps, w.laneId);
    w.pass(10);
    await w.serve();
    said.push(await jobDetail(w.deps, w.job(second.jobId)), await listJobs(w.deps, 'alice', { limit: 10 }));
    expect(said.at(-2)).toMatchObject({ held: 'credential', message: expect.stringContaining('(invalid_grant)') });
    await w.put();
    await wakeOrFree(w.deps, w.laneId);
    w.pass(10);
    await w.serve();
    expect(w.job(second.jobId)).toMatchObject({ status: 'submitted' });
    expect([...openEo.jobs.values()].map(({ runs }) => runs)).toEqual([1, 1]);

    const kept = {
      credentials: [...w.credentials.rows.values()],
      jobs: w.changes,
      lane: w.lane(),
      files: [...w.files],
      messages: w.asked,
      lines,
      said,
    };
    for (const [where, what] of Object.entries(kept)) expect([where, JSON.stringify(what, unset).includes(canary)]).toEqual([where, false]);
  });
});

/** Sets are told by their members. */
const unset = (_: string, value: unknown): unknown => (value instanceof Set ? [...(value as Set<unknown>)] : value);
