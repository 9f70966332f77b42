import { laneState, presentCount, queuedCount, wakeFor, wakeLater } from '../dispatch/api.ts';
import { dynamo, kms } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { systemClock } from '../shared/time/system.ts';
import { mayBeInternal } from './addresses.ts';
import { dynamoAccounts } from './credentials/dynamo.ts';
import { kmsVault } from './credentials/kms.ts';
import { setAccount, showAccount } from './credentials/use-cases.ts';
import { discover } from './discovery.ts';
import type { PlatformRecord } from './model.ts';
import type { PlatformLoad } from './ports.ts';
import { platformStore, registryFromTable } from './registry.ts';
import { routes } from './routes.ts';
import { listChanges, put, registration, remove, setState, type AdministerDeps } from './use-cases/administer.ts';
import { etagOf, type Ask } from './use-cases/change.ts';
import { keptSeconds } from './use-cases/registry.ts';
import { listPlatforms, showPlatform } from './use-cases/show.ts';
import { keeping } from './user-credentials/bind.ts';
import { forgetCredential, setCredential, showCredential } from './user-credentials/use-cases/keep.ts';

const load: PlatformLoad = {
  async lane(platform, userId) {
    const lane = await laneState(platform, userId);
    return lane && { ...lane, running: lane.slots?.size ?? 0, failures: lane.failures ?? 0 };
  },
  queued: queuedCount,
  present: presentCount,
};
const deps: AdministerDeps & { load: PlatformLoad } = {
  ...{ store: platformStore(), load, clock: systemClock, discover, internal: mayBeInternal() },
  wake: (platformId) => wakeLater(platformId, keptSeconds + 1),
};
const view = { ...deps, registry: registryFromTable() };

interface By {
  caller: { userId: string };
  headers: Readonly<Record<string, string | undefined>>;
}
const ask = ({ caller, headers }: By): Ask => ({ by: caller.userId, ifMatch: headers['if-match'] });
const answer = (record: PlatformRecord) => ({ status: 200, headers: { etag: etagOf(record) }, body: record });
type Named = By & { params: { platformId: string } };
const state = (to: Parameters<typeof setState>[2]) => async (call: Named) =>
  answer(await setState(deps, call.params.platformId, to, ask(call)));
const credentials = {
  accounts: dynamoAccounts(dynamo(), env('CREDENTIALS_TABLE')),
  vault: kmsVault(kms, env('CREDENTIALS_KEY')),
  clock: systemClock,
};

const own = keeping();
const entryOf = async (platformId: string) => (await registration(deps, platformId)).entry;

export const handler = httpHandler({
  routes,
  handlers: {
    listPlatforms: async ({ caller }) => ({ status: 200, body: { platforms: await listPlatforms(view, caller.userId) } }),
    showPlatform: async ({ caller, params }) => ({ status: 200, body: await showPlatform(view, params.platformId, caller.userId) }),
    showRegistration: async ({ params }) => answer(await registration(deps, params.platformId)),
    putPlatform: async (call) => answer(await put(deps, call.params.platformId, call.body, call.query.dry_run, ask(call))),
    removePlatform: async (call) => answer(await remove(deps, call.params.platformId, call.query.drain, ask(call))),
    pausePlatform: state('paused'),
    drainPlatform: state('draining'),
    resumePlatform: state('active'),
    listPlatformChanges: async ({ params, query, url }) => {
      const { items, cursor } = await listChanges(deps, params.platformId, query.limit, query.cursor);
      return { status: 200, body: { changes: items, links: pageLinks(`${url}/platforms/${params.platformId}/changes`, query, cursor) } };
    },
    showPlatformAccount: async ({ params }) => ({
      status: 200,
      body: await showAccount(credentials, (await registration(deps, params.platformId)).entry),
    }),
    setPlatformAccount: async ({ caller, params, body }) => ({
      status: 200,
      body: await setAccount(credentials, (await registration(deps, params.platformId)).entry, body, caller.userId),
    }),
    showPlatformCredential: async ({ caller, params }) => ({
      status: 200,
      body: await showCredential(own, caller.userId, await entryOf(params.platformId)),
    }),
    setPlatformCredential: async ({ caller, params, body }) => {
      const entry = await entryOf(params.platformId);
      const view = await setCredential(own, caller.userId, entry, body);
      await wakeFor(entry, caller.userId);
      return { status: 200, body: view };
    },
    forgetPlatformCredential: async ({ caller, params }) => ({
      status: 200,
      body: await forgetCredential(own, caller.userId, await entryOf(params.platformId)),
    }),
  },
  door: 'native',
  verify: verifierFromEnv(),
});
