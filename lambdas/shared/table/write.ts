/**
 * A conditional write as plain data. Rules make it, the DynamoDB adapter turns it into one UpdateItem, the in-memory
 * store interprets it: what holds in one holds in the other, and a test can take out one condition at a time.
 */
type Scalar = string | number | boolean;

export type Condition =
  | { attr: string; is: Scalar }
  | { attr: string; in: readonly Scalar[] }
  | { attr: string; absent: true }
  | { attr: string; present: true }
  /** Strictly less, strictly more; times compare as text. */
  | { attr: string; below: Scalar }
  | { attr: string; above: Scalar }
  /** The number of members of a set is at most this; an absent set has none. */
  | { attr: string; sizeAtMost: number }
  /** A member of a set. */
  | { attr: string; contains: string }
  | { anyOf: readonly Condition[] }
  | { allOf: readonly Condition[] };

export interface Write {
  /** All must hold. */
  when: readonly Condition[];
  /** Attributes to set; `undefined` values are left alone. */
  set?: Readonly<Record<string, unknown>>;
  remove?: readonly string[];
  /** Numbers to add to; an absent number counts as 0. */
  increment?: Readonly<Record<string, number>>;
  /** Members to add to string sets. */
  include?: Readonly<Record<string, readonly string[]>>;
  /** Members to take out of string sets. */
  exclude?: Readonly<Record<string, readonly string[]>>;
}

/** A refused write returns the item as it is now, so that the writer can decide again from it. */
export type Written<Item> = { ok: true; item: Item } | { ok: false; item: Item | undefined };
