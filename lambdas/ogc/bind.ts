import { setTimeout as pause } from 'node:timers/promises';
import { boundJobCore, unfinishedOf } from '../dispatch/api.ts';
import { platformClient } from '../platforms/clients.ts';
import { packageStore } from '../platforms/packages/store.ts';
import { registryFromTable } from '../platforms/registry.ts';
import { env } from '../shared/env.ts';
import { systemClock } from '../shared/time/system.ts';
import { urlFault } from '../shared/url-guard.ts';
import { schemaFault, valueFaults } from './ajv.ts';
import { catalogue } from './catalogue.ts';
import type { PackageDeps } from './packages/ports.ts';
import { inputRules, urlRules } from './url-rules.ts';
import type { Deps } from './use-cases/deps.ts';

/** Seconds that a platform may take to tell of its processes. */
const times = { connectSeconds: 3, readSeconds: 8 };
/** The same where a job is made: one that takes longer is no reason to refuse it. */
export const describeWithin = 4;

/** This door, bound to the environment of its function. */
export function boundDoor(): Deps & PackageDeps {
  const { all } = registryFromTable();
  return {
    catalogue: catalogue(all, (platform) => platformClient(platform, times), systemClock),
    packages: packageStore(),
    unfinished: unfinishedOf,
    schemaFault,
    jobs: boundJobCore(describeWithin),
    // Files of a workspace are named by `s3:`; the core looks whose they are.
    judges: {
      values: valueFaults,
      url: (href) => (href.startsWith('s3://') ? undefined : urlFault(href, inputRules())),
      callback: (uri) => urlFault(uri, urlRules()),
    },
    clock: systemClock,
    wait: { pause: (ms) => pause(ms) },
    url: env('API_URL').replace(/\/+$/, ''),
  };
}
