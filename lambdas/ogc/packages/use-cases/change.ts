import type { PackageRecord, PackageRevision } from '../../../platforms/packages/model.ts';
import { Problem } from '../../../shared/problem.ts';
import { iso } from '../../../shared/time/clock.ts';
import { serviceOf } from '../../rules/process-id.ts';
import type { PackageDeps } from '../ports.ts';
import { mayChange, seenBy, type Viewer } from './visible.ts';

/** Tries of one change while others are made at the same moment; each is decided anew. */
const mostTries = 20;

/** What becomes of a row; `version` and `changed` are this function's. Undefined: it is so already. */
type Step = { after: Omit<PackageRecord, 'version' | 'changed'>; revision?: PackageRevision } | undefined;

/** Decides from the row as it is, and writes over that row only: whoever loses decides again from what the other has written. */
export async function change(
  { packages, clock }: Pick<PackageDeps, 'packages' | 'clock'>,
  id: string,
  decide: (before: PackageRecord | undefined) => Promise<Step>,
): Promise<PackageRecord> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const before = await packages.get(id);
    const step = await decide(before);
    if (step === undefined) return before!;
    const after: PackageRecord = { ...step.after, version: (before?.version ?? 0) + 1, changed: iso(clock.now()) };
    if (await packages.put(after, before?.version, step.revision)) return after;
  }
  throw new Problem(503, 'SERVICE_UNAVAILABLE', 'Others change this process all the time: try again.', { headers: { 'retry-after': '2' } });
}

export const noSuchProcess = (id: string) =>
  new Problem(404, 'PROCESS_NOT_FOUND', `There is no process ${id.slice(0, 200)}. GET /processes lists those there are.`);

/** Whether a platform has a process of this id by itself: nobody deploys, replaces or undeploys that here. */
export async function isOfPlatform({ catalogue }: Pick<PackageDeps, 'catalogue'>, id: string): Promise<boolean> {
  const service = serviceOf(await catalogue.platforms(), id);
  return service !== undefined && (await catalogue.describe(service.platform, service.process)).kind === 'found';
}

/** The row, where the viewer may change it. What she cannot see is not there for her, and what is not hers stays as it is. */
export async function changeable(deps: Pick<PackageDeps, 'catalogue'>, viewer: Viewer, id: string, record: PackageRecord | undefined) {
  if (record?.state === 'deployed' && mayChange(record, viewer)) return record;
  if (record !== undefined && seenBy(record, viewer) !== undefined)
    throw new Problem(403, 'IMMUTABLE_PROCESS', `${id} was deployed by somebody else, who alone can change it.`);
  if (await isOfPlatform(deps, id))
    throw new Problem(403, 'IMMUTABLE_PROCESS', `${id.slice(0, 200)} belongs to its platform: it cannot be changed here.`);
  throw noSuchProcess(id);
}

export const etagOf = (revision: number): string => `"${revision}"`;

/** `If-Match` (RFC 9110, 13.1.1): the revision that the client has read is still the newest. */
export function onlyIf(ifMatch: string | undefined, revision: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etagOf(revision))) return;
  throw new Problem(412, 'PRECONDITION_FAILED', `The newest package has the ETag ${etagOf(revision)}: it was replaced since you read it.`);
}
