import type { PackageStore } from '../../platforms/packages/ports.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Catalogue, Jobs, Wait } from '../ports.ts';
import type { CallbackJudge } from '../rules/callbacks.ts';
import type { Judges } from '../rules/inputs.ts';

/** Everything this door works with; it keeps no state of its own. */
export interface Deps {
  catalogue: Catalogue;
  /** Deployed processes. */
  packages: PackageStore;
  jobs: Jobs;
  judges: Judges & CallbackJudge;
  clock: Clock;
  wait: Wait;
  /** Absolute base URL of the API. */
  url: string;
}
