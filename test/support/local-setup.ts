import { writeFileSync } from 'node:fs';
import { openEoInstalled } from '../../scripts/environment/openeo.ts';
import { Progress } from '../../scripts/environment/progress.ts';
import { startEnvironment } from '../../scripts/environment/start.ts';
import { controlFile } from './control.ts';
import { testState } from './local.ts';
import { Stage } from './stage.ts';

/** What the teardown ends; set-up and teardown run in one process. */
export interface LocalGlobals {
  swathStop?: () => Promise<void>;
}

/**
 * Starts the environment that the adapter and end-to-end tests share, once for all of them, and what stands beside it: a proxy that makes
 * faults between the functions and the emulator, and fake platforms.
 */
export default async function setup(): Promise<void> {
  const stage = await new Stage().open();
  const environment = startEnvironment({
    state: testState,
    progress: new Progress(Date.now(), (line) => console.error(line)),
    openEo: openEoInstalled('.'),
    platforms: stage.platforms,
    issuers: stage.issuers,
    functionEndpoint: async (emulator) => {
      stage.proxy.pointTo(emulator);
      return stage.proxy.url;
    },
  });
  const stop = async () => {
    await environment.stop();
    await stage.close();
  };
  (globalThis as LocalGlobals).swathStop = stop;
  // Jest's own handlers end the process at once, and the servers would stay.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
  try {
    await environment.ready;
  } catch (error) {
    await stage.close();
    throw error;
  }
  writeFileSync(controlFile, JSON.stringify({ url: stage.controlUrl }));
}
