import { iso, ms } from '../../../shared/time/clock.ts';
import { CredentialFault, type Authorization } from '../../../platforms/ports.ts';
import type { UserCredential } from '../model.ts';
import { faultOf, headerOf, lifeOf, refusal, without, type UserPlatform } from '../rules.ts';
import { contextOf, type Deps } from './deps.ts';

/** Pause between looks at a credential that somebody else renews, in milliseconds. */
const lookEvery = 200;
/** What a lease on the renewal lasts beyond the request to the issuer, in seconds: the writes around it. */
const leaseMargin = 10;

/**
 * Authorization by a user's own access token, renewed ahead of need. Refresh tokens rotate, so one function at a time renews
 * (a lease in the row), and the new tokens are stored by a conditional write before anybody uses them. A function that dies
 * between the issuer's answer and that write loses the new refresh token; the old one may then be refused, and the user is
 * told to bring another. Throws a `CredentialFault` where she has to do something, another error where waiting helps.
 */
export function userAuthorization(deps: Deps, platform: UserPlatform, userId: string): Authorization {
  const opened = new Map<string, string>();
  const open = async (row: UserCredential): Promise<string> => {
    const sealed = row.access!;
    const known = opened.get(sealed);
    if (known !== undefined) return known;
    const header = headerOf(await deps.vault.open(sealed, contextOf(row)), platform.auth);
    opened.clear();
    opened.set(sealed, header);
    return header;
  };

  async function header(refused: string | undefined): Promise<string> {
    const giveUp = deps.clock.now() + (deps.callSeconds + leaseMargin) * 1000;
    let last = 'Your credential is being renewed.';
    do {
      const row = await deps.store.get(userId, platform.id);
      const now = deps.clock.now();
      const fault = faultOf(row, platform, now);
      if (row === undefined || fault !== undefined) throw new CredentialFault(fault);
      const current = row.access !== undefined && ms(row.until!) > now ? await open(row) : undefined;
      const isRefused = current !== undefined && current === refused;
      if (current !== undefined && !isRefused && (row.refresh === undefined || ms(row.renewAt!) > now)) return current;
      if (isRefused && (row.forced || row.refresh === undefined)) {
        await endIt(row, `${platform.title} does not take your token any more.`);
        continue;
      }
      const end = await renew(deps, platform, row, isRefused);
      if (end === 'changed') continue;
      if (current !== undefined && !isRefused) return current; // renewed ahead of need: it works for a while yet
      if (end !== 'busy') throw new Error(end.message);
      last = 'Your credential is being renewed by another request.';
      await deps.pause(lookEvery);
    } while (deps.clock.now() < giveUp);
    throw new Error(last);
  }

  const endIt = (row: UserCredential, reason: string) => deps.store.put(broken(row, reason), row.version);

  // One look for all that ask at the same time.
  const pending = new Map<string, Promise<string>>();
  return (refused) => {
    const key = refused ?? '';
    const asked = pending.get(key) ?? header(refused).finally(() => pending.delete(key));
    pending.set(key, asked);
    return asked;
  };
}

/** What it held is of no use any more. */
const broken = (row: UserCredential, reason: string): UserCredential => ({
  ...without(row, 'refresh', 'access', 'renewAt', 'until', 'forced', 'leaseUntil'),
  ...{ state: 'broken', reason, version: row.version + 1 },
});

/** One renewal under the lease. `changed`: the row is another now, whoever did it; `busy`: somebody else renews it. */
async function renew(
  deps: Deps,
  platform: UserPlatform,
  seen: UserCredential,
  forced: boolean,
): Promise<'changed' | 'busy' | { message: string }> {
  const { store, vault, clock } = deps;
  const now = clock.now();
  if (seen.leaseUntil !== undefined && ms(seen.leaseUntil) > now) return 'busy';
  const leaseUntil = iso(now + (deps.callSeconds + leaseMargin) * 1000);
  const leased: UserCredential = { ...seen, leaseUntil, version: seen.version + 1 };
  if (!(await store.put(leased, seen.version))) return 'changed';
  const context = contextOf(seen);
  const refreshToken = await vault.open(seen.refresh!, context);
  const outcome = await deps.issuer.ask(platform, { grant_type: 'refresh_token', refresh_token: refreshToken });
  const row = without(leased, 'leaseUntil', 'reason');
  const version = leased.version + 1;
  if (outcome.kind === 'unavailable') {
    await store.put({ ...row, version }, leased.version);
    return { message: outcome.message };
  }
  if (outcome.kind === 'refused') {
    await store.put(broken(leased, refusal(outcome.word, 'renew', platform)), leased.version);
    return 'changed';
  }
  const { access, refresh = refreshToken, askedAt, seconds } = outcome;
  const tokens = {
    access: await vault.seal(access, context),
    refresh: refresh === refreshToken ? seen.refresh! : await vault.seal(refresh, context),
    ...lifeOf(askedAt, seconds),
  };
  await store.put(
    { ...without(row, 'forced'), ...tokens, state: 'good', version, renewedAt: iso(clock.now()), ...(forced ? { forced: true } : {}) },
    leased.version,
  );
  return 'changed';
}
