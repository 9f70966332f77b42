import { Problem } from '../../shared/problem.ts';
import { iso, type Clock } from '../../shared/time/clock.ts';
import type { PlatformChange, PlatformRecord } from '../model.ts';
import type { PlatformStore } from '../ports.ts';
import { changeOf } from '../rules/changes.ts';

export interface ChangeDeps {
  store: PlatformStore;
  clock: Clock;
}

/** Who asks for a change, and of which version, as `If-Match` has it. */
export interface Ask {
  by: string;
  ifMatch?: string | undefined;
}

/** The row as it is to be, and what that is called; undefined where nothing changes. */
export interface Step {
  after: Pick<PlatformRecord, 'entry' | 'state' | 'source' | 'withdrawn'>;
  action: PlatformChange['action'];
}

/** Somebody else may change the row at the same moment; without `If-Match` it is then looked at again, so often. */
const triesAtMost = 5;

export const etagOf = ({ version }: Pick<PlatformRecord, 'version'>): string => `"${version}"`;

export const notRegistered = () => new Problem(404, 'NOT_FOUND', 'No such platform is registered. GET /platforms lists them.');
const changed = (version: number | undefined) =>
  new Problem(412, 'PRECONDITION_FAILED', 'The platform was changed since you read it: read it again, and decide again.', {
    headers: version === undefined ? {} : { etag: `"${version}"` },
  });

/** RFC 9110, 13.1.1: any of the entity tags, or `*` for whatever is there. */
function demand(ifMatch: string | undefined, before: PlatformRecord | undefined): void {
  if (ifMatch === undefined) return;
  const there = before !== undefined && before.state !== 'removed';
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!there || (!tags.includes('*') && !tags.includes(etagOf(before)))) throw changed(before?.version);
}

const next = ({ clock }: ChangeDeps, before: PlatformRecord | undefined, { after }: Step, by: string): PlatformRecord => ({
  ...after,
  ...{ version: (before?.version ?? 0) + 1, changed: iso(clock.now()), changedBy: by },
});

/** The row that a change would lead to; nothing is written. */
export async function rehearse(
  deps: ChangeDeps,
  id: string,
  { by, ifMatch }: Ask,
  decide: (before: PlatformRecord | undefined) => Promise<Step>,
): Promise<PlatformRecord> {
  const before = await deps.store.get(id);
  demand(ifMatch, before);
  return next(deps, before, await decide(before), by);
}

/** Changes one platform by what `decide` makes of its row, under the version that was read. Answers the row as it then is. */
export async function change(
  deps: ChangeDeps,
  id: string,
  { by, ifMatch }: Ask,
  decide: (before: PlatformRecord | undefined) => Promise<Step | undefined>,
): Promise<PlatformRecord> {
  for (let tries = 0; tries < triesAtMost; tries += 1) {
    const before = await deps.store.get(id);
    demand(ifMatch, before);
    const step = await decide(before);
    if (step === undefined) {
      if (before === undefined) throw notRegistered();
      return before;
    }
    const after = next(deps, before, step, by);
    if (await deps.store.put(after, before?.version, changeOf(before, after, step.action))) return after;
  }
  throw changed(undefined);
}
