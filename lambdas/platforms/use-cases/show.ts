import { Problem } from '../../shared/problem.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { PlatformView, RegisteredPlatform } from '../model.ts';
import type { PlatformLoad } from '../ports.ts';
import { healthOf } from '../rules.ts';
import type { Registry } from './registry.ts';

interface Deps {
  registry: Registry;
  load: PlatformLoad;
  clock: Clock;
}

/** Waiting jobs are counted this far; who waits behind so many need not know more exactly. */
const mostCounted = 1000;

async function viewOf({ load, clock }: Deps, { id, kind, title, baseUrl, limits, state }: RegisteredPlatform): Promise<PlatformView> {
  const [lane, queued] = await Promise.all([load.lane(id), load.queued(id, mostCounted)]);
  const queue = { queued, running: lane?.running ?? 0 };
  return { id, kind, title, baseUrl, limits, state, health: healthOf(lane, clock.now()), queue };
}

/** Every registered platform with its health and how much waits for it. */
export async function listPlatforms(deps: Deps): Promise<PlatformView[]> {
  return Promise.all((await deps.registry.all()).map((platform) => viewOf(deps, platform)));
}

/** One platform by its id; 404 for one that is not registered. */
export async function showPlatform(deps: Deps, id: string): Promise<PlatformView> {
  const platform = await deps.registry.byId(id);
  if (!platform) throw new Problem(404, 'NOT_FOUND', 'No such platform is registered. GET /platforms lists them.');
  return viewOf(deps, platform);
}
