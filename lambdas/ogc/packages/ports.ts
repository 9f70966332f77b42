import type { PackageStore } from '../../platforms/packages/ports.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Catalogue } from '../ports.ts';

/** What deploying works with. */
export interface PackageDeps {
  catalogue: Catalogue;
  packages: PackageStore;
  clock: Clock;
  /** Why a JSON Schema cannot be used; undefined where it can. */
  schemaFault(schema: Record<string, unknown>): string | undefined;
  /** Jobs of a deployed process that wait for these platforms or are on them. */
  unfinished(id: string, platforms: readonly string[]): Promise<number>;
  /** Absolute base URL of the API. */
  url: string;
}
