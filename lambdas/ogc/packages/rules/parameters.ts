import { isObject, pointer, type Json, type Placed, type Reader } from './reader.ts';

/** `inputBinding`, `inputBindings`, and a URI that ends so, are one role. */
const roleOf = (role: unknown): string | undefined =>
  typeof role === 'string' ? role.split(/[/#:]/).at(-1)?.toLowerCase().replace(/s$/, '') : undefined;

/** The dialect with `additionalParameters` writes booleans and numbers also as text. */
const typed = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return /^-?\d{1,9}$/.test(value) ? Number(value) : value;
};
/** Words that are text whatever they look like. */
const texts = new Set(['prefix', 'valueFrom', 'glob', 'itemSeparator', 'argumentSeparator', 'loadListing', 'valueForm']);

/**
 * The parameters of one role among the `additionalParameters` of a description, by their names: one of several values is a list. Both
 * are found where the dialect's own examples differ: one set or a list of sets, `value` or `values`.
 */
export function parametersOf(described: Json, at: string, role: string, reader: Reader): Placed<Json> | undefined {
  const given = described['additionalParameters'];
  if (given === undefined) return undefined;
  const base = pointer(at, 'additionalParameters');
  const sets = Array.isArray(given) ? given.map((value: unknown, i) => ({ value, at: pointer(base, i) })) : [{ value: given, at: base }];
  for (const set of sets) {
    const read = reader.object(set.value, set.at);
    if (read === undefined || roleOf(read['role']) !== role.toLowerCase()) continue;
    const list: unknown = read['parameters'];
    if (!Array.isArray(list))
      return reader.fault(pointer(set.at, 'parameters'), 'Must be a list of parameters, each with name and values.');
    const found: Json = {};
    for (const [i, one] of list.entries() as IterableIterator<[number, unknown]>) {
      const where = pointer(set.at, 'parameters', i);
      if (!isObject(one) || typeof one['name'] !== 'string') reader.fault(where, 'Must be an object with name and values.');
      else {
        const name = one['name'];
        const values: unknown[] = [one['values'] ?? one['value']].flat().filter((value) => value !== undefined);
        const read = texts.has(name) ? values : values.map(typed);
        if (read.length === 0) reader.fault(where, `${name} has no value.`);
        else found[name] = read.length === 1 ? read[0] : read;
      }
    }
    return { value: found, at: set.at };
  }
  return undefined;
}
