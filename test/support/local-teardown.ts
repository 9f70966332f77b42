import type { LocalGlobals } from './local-setup.ts';

/** Ends what the set-up started. */
export default async function teardown(): Promise<void> {
  await (globalThis as LocalGlobals).swathStop?.();
}
