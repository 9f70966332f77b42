import { Progress } from '../../scripts/environment/progress.ts';
import { startEnvironment } from '../../scripts/environment/start.ts';
import { testState } from './local.ts';

/** What the teardown ends; set-up and teardown run in one process. */
export interface LocalGlobals {
  swathStop?: () => Promise<void>;
}

/**
 * Starts the environment that the adapter and end-to-end tests share, once for all of them. Helpers that stand beside it (a proxy that
 * makes faults between the functions and the emulator, a fake platform) are started here, before it, and handed over as options.
 */
export default async function setup(): Promise<void> {
  const { ready, stop } = startEnvironment({ state: testState, progress: new Progress(Date.now(), (line) => console.error(line)) });
  (globalThis as LocalGlobals).swathStop = stop;
  // Jest's own handlers end the process at once, and the servers would stay.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
  await ready;
}
