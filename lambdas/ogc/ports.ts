import type { Platform } from '../platforms/model.ts';
import type { ProcessSummary, ReadOutcome } from '../platforms/ports.ts';

/** What the registered platforms offer. */
export interface Catalogue {
  platforms(): Promise<readonly Platform[]>;
  /** May be some minutes old; older where the platform does not answer. */
  list(platform: Platform): Promise<ReadOutcome<ProcessSummary[]>>;
  describe(platform: Platform, process: string): Promise<ReadOutcome<ProcessSummary>>;
}
