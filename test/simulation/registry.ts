import type { Platform, RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import type { Stage } from './process.ts';

/** Functions know of a change after so long at most. */
export const keptSeconds = 5;

/** The registered platforms and what administrators do to them. A function may know what was true a few seconds ago. */
export class Registry {
  private readonly records = new Map<string, { from: number; entry: RegisteredPlatform | undefined }[]>();
  private readonly stage: Stage;

  constructor(stage: Stage, entries: Iterable<RegisteredPlatform>) {
    this.stage = stage;
    for (const entry of entries) this.records.set(entry.id, [{ from: 0, entry }]);
  }

  /** Entries as they were at first. */
  get entries(): RegisteredPlatform[] {
    return [...this.records.values()].map(([first]) => first!.entry!);
  }

  limits(id: string): Platform['limits'] {
    return this.records.get(id)![0]!.entry!.limits;
  }

  now(id: string): RegisteredPlatform | undefined {
    return this.records.get(id)?.at(-1)?.entry;
  }

  /** Since when nothing may start there. */
  pausedSince(id: string): number | undefined {
    const records = this.records.get(id)!;
    const active = records.findLastIndex(({ entry }) => entry?.state === 'active');
    return records[active + 1]?.from;
  }

  /** Since when it is registered no longer. */
  removedSince(id: string): number | undefined {
    const last = this.records.get(id)!.at(-1)!;
    return last.entry === undefined ? last.from : undefined;
  }

  lately(id: string): RegisteredPlatform | undefined {
    const records = this.records.get(id);
    if (records === undefined || records.length === 1) return records?.[0]!.entry;
    const at = this.stage.time.now - this.stage.draw('latency') * keptSeconds * 1000;
    return records.findLast(({ from }) => from <= at)?.entry;
  }

  /** undefined: it is registered no longer. */
  set(id: string, state: RegisteredPlatform['state'] | undefined): void {
    const { entry } = this.records.get(id)!.at(-1)!;
    if (entry === undefined || entry.state === state) return;
    this.stage.note('administrator', `${id} is ${state ?? 'removed'}`);
    this.records.get(id)!.push({ from: this.stage.time.now, entry: state && { ...entry, state, version: entry.version + 1 } });
  }
}
