import type { RegisteredPlatform } from '../../platforms/model.ts';
import type { PlatformClient } from '../../platforms/ports.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Job, Settings } from '../model.ts';
import type { Ids, JobStore, LaneStore, Randomness, Wakers, Workspace } from '../ports.ts';

/** Links of a job's outputs by name, and when they were given (ms since the epoch). */
export interface RecentLinks {
  at: number;
  byName: ReadonlyMap<string, string>;
}

/** Everything the job core works with; entry points bind the adapters, tests bind memory. */
export interface Deps {
  jobs: JobStore;
  lanes: LaneStore;
  wakers: Wakers;
  workspace: Workspace;
  clock: Clock;
  ids: Ids;
  random: Randomness;
  settings: Settings;
  /** Links that platforms gave lately, by platform job. */
  links: Map<string, RecentLinks>;
  /** Tells people of something that should not happen. */
  report(message: string, fields: Record<string, unknown>): void;
  /** Leaves a line in the log of something done. */
  note(message: string, fields: Record<string, unknown>): void;
  /** Whether anyone watches these jobs live: those of a user, or of a task. */
  hasViewers(jobs: readonly Pick<Job, 'owner' | 'taskId'>[]): Promise<boolean>;
  /** Names this deployment in the tags of platform jobs. */
  deployment: string;
  /** The platform as it is registered now, or a few seconds ago; undefined for one that is not. */
  platform(platformId: string): Promise<RegisteredPlatform | undefined>;
  /** `user`: whose jobs it is for, where they run as their users. */
  client(platform: RegisteredPlatform, user?: string): PlatformClient;
  /** Why nothing may go in a lane of this platform and user (undefined: the service account), and what she has to do; undefined where something may. */
  credentialFault(platform: RegisteredPlatform, user: string | undefined): Promise<string | undefined>;
}
