import { Problem } from '../../../shared/problem.ts';
import { iso } from '../../../shared/time/clock.ts';
import type { Platform } from '../../../platforms/model.ts';
import type { CredentialView, RefreshToken, UserCredential } from '../model.ts';
import { viewOf, type UserPlatform } from '../rules.ts';
import { contextOf, type Deps } from './deps.ts';

/** Somebody may renew the credential at the same moment: it is then looked at again, so often. */
const triesAtMost = 5;

/** The platform, where it runs jobs as their users; 404 for any other. */
function userPlatform({ id, title, auth }: Platform): UserPlatform {
  if (auth.method === 'user') return { id, title, auth };
  throw new Problem(404, 'NOT_FOUND', `${title} does not run jobs as their users: it needs no credential of yours.`);
}

/** State of a user's own credential, without what it holds. */
export async function showCredential(deps: Pick<Deps, 'store' | 'clock'>, userId: string, entry: Platform): Promise<CredentialView> {
  const platform = userPlatform(entry);
  return viewOf(await deps.store.get(userId, platform.id), platform, deps.clock.now());
}

/** Stores a refresh token in place of whatever is there. It is tried when a job needs it: who stores it cannot open it. */
export async function setCredential(
  deps: Pick<Deps, 'store' | 'clock' | 'vault'>,
  userId: string,
  entry: Platform,
  { refreshToken }: RefreshToken,
): Promise<CredentialView> {
  const platform = userPlatform(entry);
  const refresh = await deps.vault.seal(refreshToken, contextOf({ userId, platformId: platform.id }));
  return replace(deps, userId, platform, { state: 'untried', source: 'stored', refresh });
}

/** Forgets a user's credential. Twice is success; at its issuer it goes on until it ends or she revokes it there. */
export async function forgetCredential(deps: Pick<Deps, 'store' | 'clock'>, userId: string, entry: Platform): Promise<CredentialView> {
  const platform = userPlatform(entry);
  if ((await deps.store.get(userId, platform.id)) === undefined) return viewOf(undefined, platform, deps.clock.now());
  return replace(deps, userId, platform, { state: 'forgotten', source: 'stored' });
}

async function replace(
  deps: Pick<Deps, 'store' | 'clock'>,
  userId: string,
  platform: UserPlatform,
  by: Pick<UserCredential, 'state' | 'source' | 'refresh'>,
): Promise<CredentialView> {
  for (let tries = 0; tries < triesAtMost; tries += 1) {
    const before = await deps.store.get(userId, platform.id);
    const now = deps.clock.now();
    const row: UserCredential = { ...by, userId, platformId: platform.id, version: (before?.version ?? 0) + 1, setAt: iso(now) };
    if (await deps.store.put(row, before?.version)) return viewOf(row, platform, now);
  }
  throw new Problem(503, 'SERVICE_UNAVAILABLE', 'Your credential is changed again and again just now: send this once more.', {
    headers: { 'retry-after': '2' },
  });
}
