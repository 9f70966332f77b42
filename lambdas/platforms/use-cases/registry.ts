import type { Clock } from '../../shared/time/clock.ts';
import type { RegisteredPlatform } from '../model.ts';
import type { PlatformStore } from '../ports.ts';
import { findPlatform, registered } from '../rules.ts';

/** The platforms that this deployment may send work to. */
export interface Registry {
  all(): Promise<readonly RegisteredPlatform[]>;
  byId(id: string): Promise<RegisteredPlatform | undefined>;
  /** By id, or by the base URL that it was registered with. */
  find(idOrUrl: string): Promise<RegisteredPlatform | undefined>;
}

/** How long a function works with what it has read: a pause takes effect everywhere after this. */
export const keptSeconds = 3;

/** The registry, read from its table when it was last read more than `keptSeconds` ago, once for all who ask meanwhile. */
export function keptRegistry(store: Pick<PlatformStore, 'all'>, clock: Clock): Registry {
  let kept: { at: number; platforms: Promise<readonly RegisteredPlatform[]> } | undefined;
  const all = (): Promise<readonly RegisteredPlatform[]> => {
    const now = clock.now();
    if (kept !== undefined && now - kept.at >= 0 && now - kept.at < keptSeconds * 1000) return kept.platforms;
    return read(now);
  };
  const read = (now: number): Promise<readonly RegisteredPlatform[]> => {
    const reading = { at: now, platforms: store.all().then(registered) };
    kept = reading;
    reading.platforms.catch(() => {
      if (kept === reading) kept = undefined; // the next who asks tries again
    });
    return reading.platforms;
  };
  /** What `pick` finds; what is not there is looked for anew: a platform may have been added since, and is not to be taken for none. */
  const found = async (pick: (platforms: readonly RegisteredPlatform[]) => RegisteredPlatform | undefined) =>
    pick(await all()) ?? pick(await read(clock.now()));
  return {
    all,
    byId: (id) => found((platforms) => platforms.find((platform) => platform.id === id)),
    find: (idOrUrl) => found((platforms) => findPlatform(platforms, idOrUrl)),
  };
}
