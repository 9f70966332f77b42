import { Problem, type Fault } from '../../shared/problem.ts';
import type { TaskRequest } from '../model.ts';
import { dimensionFaults, mostNamed } from '../rules/dimension.ts';
import { valuesOf } from '../rules/generated.ts';
import { atPlace, manifestFaults, manifestFile, mostBytes, type ManifestFile } from '../rules/manifest-file.ts';
import type { Deps } from './deps.ts';

const invalid = (errors: Fault[]) => new Problem(422, 'VALIDATION_ERROR', 'The request has faults: see details.', { errors });
const foreign = (errors: Fault[]) =>
  new Problem(403, 'FORBIDDEN', 'The values refer to files that you may not read: see details.', { errors });

/**
 * The values of a request's dimension, one after the other, after every check. A file is read here and once: whatever
 * becomes of it later, the values are those that were checked.
 */
export async function checkedValues(
  deps: Pick<Deps, 'core' | 'values'>,
  owner: string,
  { dimension, parameters }: Pick<TaskRequest, 'dimension' | 'parameters'>,
): Promise<Iterable<unknown>> {
  const faults = dimensionFaults({ dimension, parameters });
  if (dimension.manifest === undefined) {
    if (faults.length > 0) throw invalid(faults);
    const given = (dimension.values ?? []).entries().filter(([, value]) => mayRefer(value));
    noneForeign(given.map(([index, value]) => deps.core.unreadable(owner, value, `/dimension/values/${index}`)));
    return valuesOf(dimension);
  }
  const file = await open(deps, owner, dimension.manifest);
  faults.push(...manifestFaults(file, dimension.duplicates === true));
  if (faults.length > 0) throw invalid(faults);
  noneForeign(
    goThrough(file).map(({ at, value }) => deps.core.unreadable(owner, value, '').map(({ message }) => atPlace(file.what, at, message))),
  );
  return goThrough(file).map(({ value }) => value);
}

function* goThrough({ entries }: ManifestFile): Generator<{ at: number; value: unknown }> {
  for (const entry of entries()) if ('value' in entry) yield entry;
}

/** Numbers and truth values refer to no file. */
const mayRefer = (value: unknown): boolean => typeof value === 'string' || typeof value === 'object';

function noneForeign(found: IteratorObject<Fault[]>): void {
  const errors = found
    .flatMap((faults) => faults)
    .take(mostNamed)
    .toArray();
  if (errors.length > 0) throw foreign(errors);
}

async function open(deps: Pick<Deps, 'core' | 'values'>, owner: string, uri: string): Promise<ManifestFile> {
  const pointer = '/dimension/manifest';
  const key = deps.core.ownFile(owner, uri);
  if (key === undefined) throw foreign([{ pointer, message: 'This reference is not yours: use a file of your own workspace.' }]);
  const bytes = await deps.values.load(key, mostBytes);
  if (bytes === 'missing')
    throw invalid([{ pointer, message: 'There is no such file in your workspace. POST /workspace/uploads brings one there.' }]);
  if (bytes === 'too large')
    throw invalid([{ pointer, message: `The file has more than ${mostBytes / 1024 / 1024} MB: make several tasks of it.` }]);
  return manifestFile(key, bytes);
}
