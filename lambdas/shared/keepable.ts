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
  for (const key in value) {
    const fault = unkeepable((value as Record<string, unknown>)[key], depth + 1);
    if (fault) return { ...fault, path: [key, ...fault.path] };
  }
  return undefined;
}
