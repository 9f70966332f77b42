import type { Unit } from '../../platforms/packages/model.ts';
import { packageProcess } from '../../platforms/packages/model.ts';
import type { RegisteredPlatform } from '../../platforms/model.ts';

/** What the job core is to run, and where. */
export interface Service {
  platform: RegisteredPlatform;
  /** The platform's own name for it, or the revision of a package. */
  process: string;
}

/** Kinds of platform that run containers: an environment that has none registered runs none. */
const containerKinds: readonly RegisteredPlatform['kind'][] = ['batch'];

/** Where a unit is run; a code and the reason where it cannot be just now. */
export function serviceOfUnit(
  unit: Unit,
  { id, revision }: { id: string; revision: number },
  platforms: readonly RegisteredPlatform[],
  kinds: readonly RegisteredPlatform['kind'][] = containerKinds,
): Service | 'no container service' | 'no platform' {
  if (unit.kind === 'container') {
    const platform = platforms.find(({ kind }) => kinds.includes(kind));
    return platform === undefined ? 'no container service' : { platform, process: packageProcess(id, revision) };
  }
  const platform = platforms.find((one) => one.id === unit.platform);
  if (platform === undefined) return 'no platform';
  return { platform, process: unit.kind === 'process' ? unit.process : packageProcess(id, revision) };
}

/** Inputs that were left out, with the values that the description says they then have. */
export const withDefaults = (
  inputs: Readonly<Record<string, unknown>>,
  described: readonly { name: string; default?: unknown }[] = [],
): Record<string, unknown> => ({
  ...Object.fromEntries(described.flatMap((one) => (one.default === undefined ? [] : [[one.name, one.default]]))),
  ...inputs,
});
