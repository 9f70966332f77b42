/** DynamoDB keeps 32 levels (its quotas, "Attributes"); four are left for what surrounds a value. */
const deepest = 28;

/** The first thing in a value that JSON can write but nothing behind us can keep: too deep, or a number beyond all bounds. */
export function unkeepable(value: unknown, path: (string | number)[] = []): { path: (string | number)[]; message: string } | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return { path, message: 'This number is too large.' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length >= deepest) return { path, message: `Nested too deeply: ${deepest} levels are possible.` };
  for (const [key, item] of Object.entries(value)) {
    const fault = unkeepable(item, [...path, key]);
    if (fault) return fault;
  }
  return undefined;
}
