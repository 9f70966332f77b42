/** DynamoDB keeps 32 levels (its quotas, "Attributes"); four are left for what surrounds a value. */
const deepest = 28;

interface Unkeepable {
  path: (string | number)[];
  message: string;
}

/**
 * The first thing in a value that JSON can write but nothing behind us can keep: too deep, or a number beyond all bounds. Where
 * it stands is put together on the way back, so that a long list of sound values costs little.
 */
export function unkeepable(value: unknown, depth = 0): Unkeepable | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return { path: [], message: 'This number is too large.' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= deepest) return { path: [], message: `Nested too deeply: ${deepest} levels are possible.` };
  // An iterator of keys would name every element of a long list.
  const keys = Array.isArray(value) ? undefined : Object.keys(value);
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (let index = 0; index < parts.length; index += 1) {
    const fault = unkeepable(parts[index], depth + 1);
    if (fault) return { ...fault, path: [keys?.[index] ?? index, ...fault.path] };
  }
  return undefined;
}
