import type { Clock } from '../../../shared/time/clock.ts';
import type { UserCredential } from '../model.ts';
import type { CredentialStore, TokenIssuer, Vault } from '../ports.ts';

/** Everything that users' credentials work with; entry points bind the adapters, tests bind memory. */
export interface Deps {
  store: CredentialStore;
  vault: Vault;
  issuer: TokenIssuer;
  clock: Clock;
  pause(ms: number): Promise<void>;
  /** How long one request to an issuer may take, in seconds. */
  callSeconds: number;
}

/** Sealed tokens open for this user and platform only. */
export const contextOf = ({ userId, platformId }: Pick<UserCredential, 'userId' | 'platformId'>): Record<string, string> => ({
  platform: platformId,
  holder: userId,
});
