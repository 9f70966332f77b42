import type { StoredAccount } from './model.ts';

/** Accounts of platforms, sealed; one a platform. */
export interface AccountStore {
  /** Consistent. */
  get(platformId: string): Promise<StoredAccount | undefined>;
  put(account: StoredAccount): Promise<void>;
}

/** Seals secrets; what was sealed opens only with the same context. */
export interface Vault {
  seal(text: string, context: Record<string, string>): Promise<string>;
  open(sealed: string, context: Record<string, string>): Promise<string>;
}
