import { Headline, type Definition, type Original, type PackageRecord, type PackageRevision } from '../../../platforms/packages/model.ts';
import { Problem } from '../../../shared/problem.ts';
import { iso } from '../../../shared/time/clock.ts';
import type { PackageDeps } from '../ports.ts';
import type { Json } from '../rules/reader.ts';
import { change, changeable, isOfPlatform, onlyIf } from './change.ts';
import { definitionOf } from './define.ts';
import { seenBy, type Viewer } from './visible.ts';

/** A package as it came: read, and byte for byte. */
interface Sent {
  body: Json;
  original: Original;
}

const headlineOf = ({ description }: Definition): PackageRecord['headline'] => Headline.parse(description);

/** The row and the revision that a package makes. */
function next(deps: PackageDeps, viewer: Viewer, definition: Definition, original: Original, before: PackageRecord | undefined) {
  const now = iso(deps.clock.now());
  const { id } = definition.description;
  const number = (before?.revision ?? 0) + 1;
  const platforms = definition.unit.kind === 'container' ? [] : [definition.unit.platform];
  const revision: PackageRevision = { id, revision: number, deployed: now, deployedBy: viewer.userId, definition, original };
  return {
    revision,
    row: { id, state: 'deployed', revision: number, headline: headlineOf(definition), created: before?.created ?? now },
    platforms,
    now,
  } as const;
}

const taken = (id: string, location: string | undefined) =>
  new Problem(
    409,
    'DUPLICATED_PROCESS',
    `The id ${id} is taken: choose another one${location === undefined ? '.' : ', or replace the process by PUT.'}`,
    {
      ...(location === undefined ? {} : { headers: { location } }),
    },
  );

/** Deploys a process: private to its developer until an administrator publishes it. */
export async function deploy(
  deps: PackageDeps,
  viewer: Viewer,
  { body, original }: Sent,
  wanted: string | undefined,
): Promise<PackageRecord> {
  const definition = await definitionOf(deps, body, undefined);
  const { id } = definition.description;
  onlyProcess(wanted, id);
  const at = `${deps.url}/processes/${id}`;
  if (await isOfPlatform(deps, id)) throw taken(id, undefined);
  return change(deps, id, async (before) => {
    if (before?.state === 'deployed') throw taken(id, seenBy(before, viewer) && at);
    const { row, platforms, now, revision } = next(deps, viewer, definition, original, before);
    return { after: { ...row, owner: viewer.userId, platforms, created: now }, revision };
  });
}

/** `w` says which of the processes in a package is meant; ours have one. */
function onlyProcess(wanted: string | undefined, id: string): void {
  if (wanted === undefined || wanted === id) return;
  throw new Problem(400, 'WORKFLOW_NOT_FOUND', `The package has no process ${wanted.slice(0, 200)}, only ${id}.`);
}

/** Puts a new revision in place of the newest one. What is published stays the revision that it is. */
export async function replace(
  deps: PackageDeps,
  viewer: Viewer,
  id: string,
  { body, original }: Sent,
  ifMatch?: string,
): Promise<PackageRecord> {
  onlyIf(ifMatch, (await changeable(deps, viewer, id, await deps.packages.get(id))).revision);
  const definition = await definitionOf(deps, body, id);
  return change(deps, id, async (seen) => {
    const before = await changeable(deps, viewer, id, seen);
    onlyIf(ifMatch, before.revision);
    const { row, platforms, revision } = next(deps, viewer, definition, original, before);
    return { after: { ...before, ...row, platforms: [...new Set([...before.platforms, ...platforms])] }, revision };
  });
}

/**
 * Undeploys a process that nobody is running. A job that is made at this very moment runs all the same: jobs name a revision, and
 * revisions are kept.
 */
export async function undeploy(deps: PackageDeps, viewer: Viewer, id: string): Promise<void> {
  await change(deps, id, async (seen) => {
    const before = { ...(await changeable(deps, viewer, id, seen)) };
    delete before.published;
    const jobs = await deps.unfinished(id, before.platforms);
    if (jobs > 0)
      throw new Problem(
        409,
        'PROCESS_IN_USE',
        `${jobs} ${jobs === 1 ? 'job of this process has' : 'jobs of this process have'} not ended: wait for them, or dismiss them.`,
      );
    return { after: { ...before, state: 'undeployed' } };
  });
}

/** Lets everybody see and run the newest revision. Doing so again is no change. */
export const publish = (deps: PackageDeps, viewer: Viewer, id: string, ifMatch?: string): Promise<PackageRecord> =>
  change(deps, id, async (seen) => {
    const before = await changeable(deps, viewer, id, seen);
    onlyIf(ifMatch, before.revision);
    const { revision, headline } = before;
    if (before.published?.revision === revision) return undefined;
    return { after: { ...before, published: { revision, headline, by: viewer.userId, time: iso(deps.clock.now()) } } };
  });

/** Makes a process private to its developer again. */
export const withdraw = (deps: PackageDeps, viewer: Viewer, id: string): Promise<PackageRecord> =>
  change(deps, id, async (seen) => {
    const { published, ...before } = await changeable(deps, viewer, id, seen);
    return published && { after: before };
  });
