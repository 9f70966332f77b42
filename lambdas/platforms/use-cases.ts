import { Problem } from '../shared/problem.ts';
import type { Clock } from '../shared/time/clock.ts';
import type { Platform, PlatformView } from './model.ts';
import type { PlatformLoad } from './ports.ts';
import { findPlatform, healthOf } from './rules.ts';

interface Deps {
  platforms: readonly Platform[];
  load: PlatformLoad;
  clock: Clock;
}

/** Waiting jobs are counted this far; who waits behind so many need not know more exactly. */
const mostCounted = 1000;

async function viewOf({ load, clock }: Deps, { id, kind, title, baseUrl, limits }: Platform): Promise<PlatformView> {
  const [lane, queued] = await Promise.all([load.lane(id), load.queued(id, mostCounted)]);
  return { id, kind, title, baseUrl, limits, health: healthOf(lane, clock.now()), queue: { queued, running: lane?.running ?? 0 } };
}

/** Every registered platform with its health and how much waits for it. */
export const listPlatforms = (deps: Deps): Promise<PlatformView[]> => Promise.all(deps.platforms.map((platform) => viewOf(deps, platform)));

/** One platform by its id; 404 for one that is not registered. */
export async function showPlatform(deps: Deps, id: string): Promise<PlatformView> {
  const platform = findPlatform(deps.platforms, id);
  if (!platform) throw new Problem(404, 'NOT_FOUND', 'No such platform is registered. GET /platforms lists them.');
  return viewOf(deps, platform);
}
