import type { UserAuth } from '../model.ts';
import type { UserCredential } from './model.ts';

export interface CredentialStore {
  /** Consistent. */
  get(userId: string, platformId: string): Promise<UserCredential | undefined>;
  /** Writes the row if the stored one still has the version `seen` (undefined: if there is none); false when it has not. */
  put(row: UserCredential, seen: number | undefined): Promise<boolean>;
}

/** Seals tokens of any length; what was sealed opens only with the same context. */
export interface Vault {
  seal(text: string, context: Record<string, string>): Promise<string>;
  open(sealed: string, context: Record<string, string>): Promise<string>;
}

/** What came of a request to a token endpoint. */
export type TokenOutcome =
  /** `askedAt`: ms since the epoch; `seconds`: how long the access token is good for from then on. */
  | { kind: 'tokens'; access: string; refresh?: string; askedAt: number; seconds: number }
  /** The user's token is no good: she has to do something. `word` is the issuer's error code. */
  | { kind: 'refused'; word: string }
  /** Not her fault: the issuer does not answer, or does not let this deployment's client in. */
  | { kind: 'unavailable'; message: string };

export interface TokenIssuer {
  ask(platform: { id: string; auth: UserAuth }, form: Record<string, string>): Promise<TokenOutcome>;
}
