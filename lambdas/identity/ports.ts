import type { TokenRecord } from '../shared/auth/token-record.ts';

export interface OwnedTokens {
  /** All tokens of an owner, also those that have expired and are not cleaned up yet. Consistent. */
  list(owner: string): Promise<TokenRecord[]>;
  add(token: TokenRecord): Promise<void>;
  /** False when there was none. */
  remove(owner: string, id: string): Promise<boolean>;
}

export interface Secrets {
  /** Unpredictable bytes. */
  bytes(count: number): Uint8Array;
}
