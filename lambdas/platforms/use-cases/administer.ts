import { Problem, type Fault } from '../../shared/problem.ts';
import { authFault, exclusiveFault, isOwn, type Platform, type PlatformBody, type PlatformChange, type PlatformRecord } from '../model.ts';
import type { Discover, PlatformLoad, PlatformStore } from '../ports.ts';
import { findPlatform, registered } from '../rules.ts';
import { baseUrlFault } from '../rules/base-url.ts';
import { change, notRegistered, rehearse, type Ask, type ChangeDeps, type Step } from './change.ts';

export interface AdministerDeps extends ChangeDeps {
  load: Pick<PlatformLoad, 'queued' | 'present'>;
  discover: Discover;
  /** Platforms with internal addresses are allowed. */
  internal: boolean;
  /** Lets the platform's lane look for jobs that may go, once every function knows of the change. */
  wake(platformId: string): Promise<void>;
}

const is = (record: PlatformRecord | undefined): record is PlatformRecord => record !== undefined && record.state !== 'removed';

/** The registration of a platform; 404 for one that is not registered. */
export async function registration({ store }: Pick<ChangeDeps, 'store'>, id: string): Promise<PlatformRecord> {
  const record = await store.get(id);
  if (!is(record)) throw notRegistered();
  return record;
}

const words = { paused: 'paused', draining: 'draining', active: 'resumed' } as const;

/** Pauses, drains or resumes a platform. What it is already is no change. */
export async function setState(deps: AdministerDeps, id: string, state: keyof typeof words, ask: Ask): Promise<PlatformRecord> {
  const after = await change(deps, id, ask, async (before) => {
    if (!is(before)) throw notRegistered();
    return before.state === state ? undefined : { after: { ...before, state }, action: words[state] };
  });
  if (state === 'active') await deps.wake(id);
  return after;
}

/** Jobs are counted this far in messages. */
const mostCounted = 1000;

/** What is still to be done for a platform, in words; undefined where nothing is. */
async function work({ load }: Pick<AdministerDeps, 'load'>, platform: Platform): Promise<string | undefined> {
  const [queued, present] = await Promise.all([load.queued(platform, mostCounted), load.present(platform)]);
  const count = (n: number, more: string) => `${n}${n >= mostCounted ? ' or more' : ''} ${more}`;
  return queued + present === 0 ? undefined : `${count(queued, 'jobs wait for it')}, ${count(present, 'are on it')}`;
}

/**
 * Removes a platform that has no jobs. One that has is refused, or with `drain` is `removing`: what waits fails and says
 * so, what runs is followed to its end, and then the platform is gone.
 */
export const remove = (deps: AdministerDeps, id: string, drain: boolean, ask: Ask): Promise<PlatformRecord> =>
  change(deps, id, ask, async (before) => {
    if (!is(before)) throw notRegistered();
    const left = await work(deps, before.entry);
    const after = { entry: before.entry, source: 'api' } as const;
    if (left === undefined) return { after: { ...after, state: 'removed' }, action: 'removed' };
    if (!drain)
      throw new Problem(409, 'PLATFORM_IN_USE', `${before.entry.title} has work: ${left}. Drain it first, or remove it with ?drain=true.`);
    return before.state === 'removing' ? undefined : { after: { ...after, state: 'removing' }, action: 'removing' };
  });

/** Ends the removal of a platform whose last job is over; called by whoever looks at it. */
export async function settleRemoval(deps: Pick<AdministerDeps, 'store' | 'clock' | 'load'>, platform: Platform): Promise<boolean> {
  if ((await work(deps, platform)) !== undefined) return false;
  const settled = await change(deps, platform.id, { by: 'deployment' }, async (before) =>
    before?.state === 'removing' ? { after: { ...before, state: 'removed' }, action: 'removed' } : undefined,
  );
  return settled.state === 'removed';
}

/** Adds a platform, or replaces its entry, after asking it who it is. A dry run answers what would be, and writes nothing. */
export async function put(deps: AdministerDeps, id: string, body: PlatformBody, dryRun: boolean, ask: Ask): Promise<PlatformRecord> {
  const entry: Platform = { ...body, id };
  await validate(deps, body, entry);
  const decide = async (before: PlatformRecord | undefined): Promise<Step> => {
    if (!is(before)) return { after: { entry, source: 'api', state: 'active' }, action: 'added' };
    const left = sameForJobs(before.entry, entry) ? undefined : await work(deps, before.entry);
    if (left !== undefined)
      throw new Problem(
        409,
        'PLATFORM_IN_USE',
        `${before.entry.title} has work: ${left}. Its kind, its base URL, and whether jobs run as their users stay until that is over.`,
      );
    return { after: { entry, source: 'api', state: before.state }, action: 'replaced' };
  };
  return dryRun ? rehearse(deps, id, ask, decide) : change(deps, id, ask, decide);
}

/** Where jobs are, and as whom: what those that are under way rely on. */
const sameForJobs = (a: Platform, b: Platform): boolean =>
  a.kind === b.kind && a.baseUrl === b.baseUrl && (a.auth.method === 'user') === (b.auth.method === 'user');

async function validate(deps: AdministerDeps, body: PlatformBody, entry: Platform): Promise<void> {
  const faults: Fault[] = [];
  if (body.id !== undefined && body.id !== entry.id)
    faults.push({ pointer: '/id', message: `Must be ${entry.id}, as in the path, or left out.` });
  const wrong = isOwn(entry.kind) ? undefined : baseUrlFault(entry.baseUrl, deps.internal);
  if (wrong !== undefined) faults.push({ pointer: '/baseUrl', message: wrong });
  const auth = authFault(entry);
  if (auth !== undefined) faults.push({ pointer: '/auth', message: auth });
  const exclusive = exclusiveFault(entry);
  if (exclusive !== undefined) faults.push({ pointer: '/exclusive', message: exclusive });
  const others = registered(await deps.store.all()).filter(({ id }) => id !== entry.id);
  const same = findPlatform(others, entry.baseUrl);
  if (same !== undefined) faults.push({ pointer: '/baseUrl', message: `This is the base URL of ${same.id}.` });
  if (faults.length > 0) throw new Problem(422, 'VALIDATION_ERROR', 'The entry has faults: see details.', { errors: faults });
  const found = await deps.discover(entry);
  if (!found.ok)
    throw new Problem(422, 'PLATFORM_UNSUITABLE', found.message, { errors: [{ pointer: '/baseUrl', message: found.message }] });
}

/** A page of the changes of a platform, newest first. Those of a removed one stay. */
export async function listChanges(
  { store }: { store: PlatformStore },
  id: string,
  limit: number,
  cursor: string | undefined,
): Promise<{ items: PlatformChange[]; cursor?: string }> {
  if ((await store.get(id)) === undefined) throw notRegistered();
  const { items, before } = await store.changes(id, limit, cursor === undefined ? undefined : Number(cursor));
  return { items, ...(before === undefined ? {} : { cursor: String(before) }) };
}
