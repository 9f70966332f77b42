import type { Clock } from '../../shared/time/clock.ts';
import type { PlatformView, RegisteredPlatform } from '../model.ts';
import type { PlatformLoad, PlatformStore } from '../ports.ts';
import { healthOf } from '../rules.ts';
import { settleRemoval } from './administer.ts';
import { notRegistered } from './change.ts';
import type { Registry } from './registry.ts';

interface Deps {
  registry: Registry;
  store: PlatformStore;
  load: PlatformLoad;
  clock: Clock;
}

/** Waiting jobs are counted this far; who waits behind so many need not know more exactly. */
const mostCounted = 1000;

/** undefined for a platform whose removal has just come to its end. */
async function viewOf(deps: Deps, platform: RegisteredPlatform, userId: string): Promise<PlatformView | undefined> {
  const { load, clock } = deps;
  const { id, kind, title, baseUrl, limits, state } = platform;
  if (state === 'removing' && (await settleRemoval(deps, platform))) return undefined;
  const [lane, queued] = await Promise.all([load.lane(platform, userId), load.queued(platform, mostCounted, userId)]);
  const queue = { queued, running: lane?.running ?? 0 };
  const runAs = platform.auth.method === 'user' ? 'user' : 'service';
  return { id, kind, title, baseUrl, limits, state, runAs, health: healthOf(lane, clock.now()), queue };
}

/** Every registered platform with its health and how much waits for it. */
export async function listPlatforms(deps: Deps, userId: string): Promise<PlatformView[]> {
  const views = await Promise.all((await deps.registry.all()).map((platform) => viewOf(deps, platform, userId)));
  return views.filter((view) => view !== undefined);
}

/** One platform by its id; 404 for one that is not registered. */
export async function showPlatform(deps: Deps, id: string, userId: string): Promise<PlatformView> {
  const platform = await deps.registry.byId(id);
  const view = platform && (await viewOf(deps, platform, userId));
  if (!view) throw notRegistered();
  return view;
}
