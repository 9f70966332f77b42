import type * as z from 'zod';
import { check, jsonPointer } from '../../../shared/http/faults.ts';
import type { Fault } from '../../../shared/problem.ts';

export type Json = Record<string, unknown>;
export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
export const pointer = (at: string, ...steps: (string | number)[]): string => at + jsonPointer(steps);

/** Something in a document, and where it stands there. */
export interface Placed<Value = unknown> {
  value: Value;
  at: string;
}

/** Reads a document of one of several dialects, and collects every fault under the place where the client wrote it. */
export class Reader {
  readonly faults: Fault[] = [];

  fault(at: string, message: string): undefined {
    this.faults.push({ pointer: at, message });
  }

  /** Whether this very place has a fault already. */
  has(at: string): boolean {
    return this.faults.some(({ pointer: where }) => where === at);
  }

  /** What a schema makes of a value; undefined, and faults, where it does not fit. */
  read<Schema extends z.ZodType>(schema: Schema, value: unknown, at: string): z.output<Schema> | undefined {
    const checked = check(schema, value, jsonPointer);
    if ('value' in checked) return checked.value;
    for (const { pointer: below, message } of checked.faults) this.fault(at + below, message);
    return undefined;
  }

  object(value: unknown, at: string): Json | undefined {
    return isObject(value) ? value : this.fault(at, value === undefined ? 'Required: object.' : 'Must be an object.');
  }

  /** Entries by their ids: of an object, or of a list whose entries have an `id` each. */
  entries(value: unknown, at: string): (Placed<Json> & { id: string })[] {
    if (value === undefined) return [];
    if (isObject(value))
      return Object.entries(value).flatMap(([id, one]) => {
        const entry = this.object(one, pointer(at, id));
        return entry === undefined ? [] : [{ id, value: entry, at: pointer(at, id) }];
      });
    if (!Array.isArray(value)) return this.fault(at, 'Must be an object, or a list of objects with an id each.') ?? [];
    const seen = new Set<string>();
    return value.flatMap((one: unknown, i) => {
      const entry = this.object(one, pointer(at, i));
      if (entry === undefined) return [];
      const id = entry['id'];
      if (typeof id !== 'string' || id === '') return this.fault(pointer(at, i, 'id'), 'Required: string.') ?? [];
      if (seen.has(id)) return this.fault(pointer(at, i, 'id'), `There are two entries ${id}.`) ?? [];
      seen.add(id);
      return [{ id, value: entry, at: pointer(at, i) }];
    });
  }
}
