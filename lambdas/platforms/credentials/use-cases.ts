import { Problem } from '../../shared/problem.ts';
import { iso, type Clock } from '../../shared/time/clock.ts';
import type { Platform } from '../model.ts';
import { Account, type AccountView } from './model.ts';
import type { AccountStore, Vault } from './ports.ts';

interface Deps {
  accounts: AccountStore;
  vault: Vault;
}

const contextOf = (platformId: string): Record<string, string> => ({ platform: platformId, holder: 'service' });

/** Sets or replaces a platform's account; 422 when its method is not the one that the registry entry names. */
export async function setAccount(
  deps: Deps & { clock: Clock },
  { id, auth }: Platform,
  account: Account,
  setBy: string,
): Promise<AccountView> {
  const { method } = account;
  if (auth.method !== method)
    throw new Problem(422, 'VALIDATION_ERROR', 'The request has faults: see details.', {
      errors: [{ pointer: '/method', message: `The registry entry of ${id} says ${auth.method}.` }],
    });
  const sealed = await deps.vault.seal(JSON.stringify(account), contextOf(id));
  const setAt = iso(deps.clock.now());
  await deps.accounts.put({ platformId: id, method, sealed, setAt, setBy });
  return { platform: id, method, setAt, setBy };
}

/** How and since when a platform's account is set; 404 without one. */
export async function showAccount({ accounts }: Pick<Deps, 'accounts'>, { id }: Platform): Promise<AccountView> {
  const stored = await accounts.get(id);
  if (stored === undefined) throw new Problem(404, 'NOT_FOUND', `No account is set for ${id}: PUT one here.`);
  const { method, setAt, setBy } = stored;
  return { platform: id, method, setAt, setBy };
}

/** The account itself. Throws an error that may be shown where there is none: the lane then says so, and its jobs wait. */
export async function openAccount<Method extends Account['method']>(
  { accounts, vault }: Deps,
  platformId: string,
  method: Method,
): Promise<Extract<Account, { method: Method }>> {
  const stored = await accounts.get(platformId);
  if (stored?.method !== method)
    throw new Error(`No ${method} account is set for this platform: an administrator can PUT /platforms/${platformId}/account.`);
  const account = Account.parse(JSON.parse(await vault.open(stored.sealed, contextOf(platformId))));
  return account as Extract<Account, { method: Method }>;
}

/** Secret of this deployment's client at the issuer of a platform whose jobs run as their users; undefined for a public client. */
export async function clientSecret({ accounts, vault }: Deps, platformId: string): Promise<string | undefined> {
  const stored = await accounts.get(platformId);
  if (stored?.method !== 'user') return undefined;
  const account = Account.parse(JSON.parse(await vault.open(stored.sealed, contextOf(platformId))));
  return account.method === 'user' ? account.clientSecret : undefined;
}
