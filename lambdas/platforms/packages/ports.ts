import type { PackageRecord, PackageRevision } from './model.ts';

/** Where to look in the list of deployed processes, which is in the order of their ids. */
export interface Window {
  /** Those behind this id, or those up to and with it, last one first. */
  from: string;
  direction: 'after' | 'upTo';
  limit: number;
}

/** Deployed processes: a row for each, and each package that was ever deployed. */
export interface PackageStore {
  /** Also of an undeployed one. Consistent. */
  get(id: string): Promise<PackageRecord | undefined>;
  revision(id: string, revision: number): Promise<PackageRevision | undefined>;
  /**
   * Writes the row, and the new package in the same transaction, if the stored one still has version `seen` (undefined: if there is
   * none); false when it has not, and then nothing is written.
   */
  put(record: PackageRecord, seen: number | undefined, revision?: PackageRevision): Promise<boolean>;
  /** Those of one owner, and those that are published; may be some milliseconds old. */
  owned(owner: string, window: Window): Promise<PackageRecord[]>;
  published(window: Window): Promise<PackageRecord[]>;
}
