import type { SigningKey } from './model.ts';

export interface KeyStore {
  get(): Promise<SigningKey | undefined>;
  /** Writes the first one; false where there is one already. */
  putFirst(key: SigningKey): Promise<boolean>;
}
