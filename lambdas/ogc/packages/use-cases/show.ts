import type { Original } from '../../../platforms/packages/model.ts';
import { Problem } from '../../../shared/problem.ts';
import type { PackageDeps } from '../ports.ts';
import { isOfPlatform, noSuchProcess } from './change.ts';
import { lookAt, type Viewer } from './visible.ts';

/** The package of a process as it was sent, of the revision that the viewer sees. */
export async function showPackage(deps: PackageDeps, viewer: Viewer, id: string): Promise<{ original: Original; revision: number }> {
  const seen = await lookAt(deps.packages, viewer, id);
  const kept = seen && (await deps.packages.revision(id, seen.revision));
  if (kept !== undefined) return { original: kept.original, revision: kept.revision };
  if (await isOfPlatform(deps, id))
    throw new Problem(404, 'PACKAGE_NOT_FOUND', `${id.slice(0, 200)} belongs to its platform and has no package.`);
  throw noSuchProcess(id);
}
