import type { RegisteredPlatform } from '../platforms/model.ts';
import type { ProcessSummary, ReadOutcome } from '../platforms/ports.ts';

/** What the registered platforms offer. */
export interface Catalogue {
  platforms(): Promise<readonly RegisteredPlatform[]>;
  /** May be some minutes old; older where the platform does not answer. */
  list(platform: RegisteredPlatform): Promise<ReadOutcome<ProcessSummary[]>>;
  describe(platform: RegisteredPlatform, process: string): Promise<ReadOutcome<ProcessSummary>>;
}
