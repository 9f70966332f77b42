import { envelope } from '../../lambdas/platforms/credentials/envelope.ts';
import type { Vault } from '../../lambdas/platforms/credentials/ports.ts';
import { Platform, type UserAuth } from '../../lambdas/platforms/model.ts';
import { tokenIssuer } from '../../lambdas/platforms/user-credentials/issuer.ts';
import type { UserCredential } from '../../lambdas/platforms/user-credentials/model.ts';
import type { CredentialStore } from '../../lambdas/platforms/user-credentials/ports.ts';
import type { UserPlatform } from '../../lambdas/platforms/user-credentials/rules.ts';
import type { Deps } from '../../lambdas/platforms/user-credentials/use-cases/deps.ts';
import type { FakeIssuer } from './fake-issuer.ts';

/** A vault whose sealed texts open with their own context only. */
function memoryVault(): Vault {
  const key = (context: Record<string, string>) => JSON.stringify(Object.entries(context).toSorted());
  return {
    seal: async (text, context) => Buffer.from(key(context) + text).toString('base64'),
    open: async (sealed, context) => {
      const text = Buffer.from(sealed, 'base64').toString();
      if (!text.startsWith(key(context))) throw new Error('InvalidCiphertext');
      return text.slice(key(context).length);
    },
  };
}

/** The table of user credentials in memory. `before`: called in front of each write. */
function memoryCredentials() {
  const rows = new Map<string, UserCredential>();
  const hooks: { before?: ((row: UserCredential) => Promise<void>) | undefined } = {};
  const keyOf = (userId: string, platformId: string) => `${userId} ${platformId}`;
  const store: CredentialStore = {
    get: async (userId, platformId) => rows.get(keyOf(userId, platformId)),
    put: async (row, seen) => {
      await hooks.before?.(row);
      const key = keyOf(row.userId, row.platformId);
      if (rows.get(key)?.version !== seen) return false;
      rows.set(key, row);
      return true;
    },
  };
  return { store, rows, hooks };
}

/** The entry of a platform whose jobs run as their users, at this issuer. */
const userEntry = (issuer: FakeIssuer, more: Partial<UserAuth> = {}, entry: object = {}): Platform & { auth: UserAuth } =>
  Platform.parse({
    ...{ id: 'own', kind: 'openeo', title: 'Own', baseUrl: 'https://own.example', ...entry },
    auth: { method: 'user', issuer: issuer.url, clientId: issuer.client.id, exchange: { from: [issuer.url] }, ...more },
  }) as Platform & { auth: UserAuth };

/** Users' credentials on memory at a fake issuer; time can be moved on. */
export function credentialWorld(issuer: FakeIssuer, more: Partial<UserAuth> = {}) {
  const time = { ahead: 0 };
  const clock = { now: () => Date.now() + time.ahead };
  const memory = memoryCredentials();
  const entry = userEntry(issuer, more);
  const deps: Deps = {
    store: memory.store,
    vault: envelope(memoryVault()),
    issuer: tokenIssuer(async () => issuer.client.secret, { connectSeconds: 1, readSeconds: 1.5 }, clock),
    clock,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
    callSeconds: 1.5,
  };
  const platform: UserPlatform = { id: entry.id, title: entry.title, auth: entry.auth };
  return { ...memory, deps, entry, platform, pass: (seconds: number) => void (time.ahead += seconds * 1000) };
}
