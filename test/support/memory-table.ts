import type { Condition, Write } from '../../lambdas/shared/table/write.ts';

type Item = Record<string, unknown>;

/**
 * What DynamoDB says of a condition on an item: an absent attribute is neither equal, below nor above.
 * @param leftOut conditions that count as if nobody asked for them
 */
export function holds(item: Item, condition: Condition, leftOut?: (condition: Condition) => boolean): boolean {
  if (leftOut?.(condition)) return true;
  if ('anyOf' in condition) return condition.anyOf.some((part) => holds(item, part, leftOut));
  if ('allOf' in condition) return condition.allOf.every((part) => holds(item, part, leftOut));
  const value = item[condition.attr];
  if ('is' in condition) return value === condition.is;
  if ('in' in condition) return condition.in.some((one) => one === value);
  if ('below' in condition) return value !== undefined && (value as string) < (condition.below as string);
  if ('above' in condition) return value !== undefined && (value as string) > (condition.above as string);
  if ('sizeAtMost' in condition) return value === undefined || (value as Set<string>).size <= condition.sizeAtMost;
  if ('contains' in condition) return value !== undefined && (value as Set<string>).has(condition.contains);
  return 'absent' in condition ? value === undefined : value !== undefined;
}

/** A copy of its own: objects from which attributes are deleted are slow for ever. */
function without(item: Item, attrs: readonly string[]): Item {
  const left: Item = {};
  for (const attr in item) if (!attrs.includes(attr)) left[attr] = item[attr];
  return left;
}

type Look = (item: Item, write: Write, isRefused: boolean) => void;
let look: Look | undefined;

/** Shows every write from now on: the item before it, and whether a condition refuses it. */
export function watchWrites(by: Look): void {
  look = by;
}

/** The item after the write, or undefined when a condition refuses it. */
export function applied<T extends object>(item: T, write: Write): T | undefined {
  const isRefused = !write.when.every((condition) => holds(item as Item, condition));
  look?.(item as Item, write, isRefused);
  if (isRefused) return undefined;
  const next = write.remove?.some((attr) => attr in item) ? without(item as Item, write.remove) : { ...(item as Item) };
  for (const attr in write.set) if (write.set[attr] !== undefined && !write.remove?.includes(attr)) next[attr] = write.set[attr];
  for (const [attr, by] of Object.entries(write.increment ?? {})) next[attr] = ((next[attr] as number | undefined) ?? 0) + by;
  for (const [attr, members] of Object.entries(write.include ?? {}))
    if (members.length > 0) next[attr] = new Set([...((next[attr] as Set<string> | undefined) ?? []), ...members]);
  for (const [attr, members] of Object.entries(write.exclude ?? {})) {
    const left = new Set([...((next[attr] as Set<string> | undefined) ?? [])].filter((member) => !members.includes(member)));
    if (left.size > 0) next[attr] = left;
    else delete next[attr];
  }
  return next as T;
}
