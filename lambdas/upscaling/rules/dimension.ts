import type { Fault } from '../../shared/problem.ts';
import type { TaskRequest } from '../model.ts';
import { generatedFaults } from './generated.ts';

/** How many faults of values are named one by one. */
export const mostNamed = 10;

/** JSON of a value with the members of every object in order: equal values give equal texts. */
const canonical = (value: unknown): string => JSON.stringify(value, inOrder);
const inOrder = (_: string, part: unknown): unknown =>
  part !== null && typeof part === 'object' && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : part;

/** What is wrong with the dimension of a request beside its form. */
export function dimensionFaults({ dimension, parameters }: Pick<TaskRequest, 'dimension' | 'parameters'>): Fault[] {
  const faults: Fault[] = [];
  if (Object.hasOwn(parameters, dimension.name))
    faults.push({ pointer: '/dimension/name', message: `${dimension.name} is among the parameters, too: leave it out there.` });
  if (dimension.duplicates !== true) faults.push(...duplicates(dimension.values ?? []));
  faults.push(...generatedFaults(dimension));
  return faults;
}

const duplicates = (values: readonly unknown[]): Fault[] => {
  if (isAscending(values)) return [];
  const faultOf = repetitions('value');
  const faults: Fault[] = [];
  for (const [index, value] of values.entries()) {
    const message = faultOf(value, index);
    if (message !== undefined && faults.push({ pointer: `/dimension/values/${index}`, message }) === mostNamed) break;
  }
  return faults;
};

/** Each greater than the one before, as numbers and dates mostly come: none is there twice. */
const isAscending = (values: readonly unknown[]): boolean => {
  const kind = typeof values[0];
  if (kind !== 'number' && kind !== 'string') return false;
  return values.every((value, index) => typeof value === kind && (index === 0 || (values[index - 1] as number) < (value as number)));
};

/** Tells of each value, one after the other, whether it came before, and where. `what`: how a place is called. */
export function repetitions(what: string): (value: unknown, at: number) => string | undefined {
  const plain = new Map<unknown, number>();
  const composed = new Map<string, number>();
  return (value, at) => {
    const isComposed = typeof value === 'object' && value !== null;
    const [first, key] = isComposed ? [composed, canonical(value)] : [plain, value];
    const seen = first.get(key as string);
    if (seen !== undefined) return `The same as ${what} ${seen}. Say duplicates: true to run it again.`;
    first.set(key as string, at);
    return undefined;
  };
}

/** The lines of a file of values, one after the other. Each value is shown to `see`. */
export function* linesOf(values: Iterable<unknown>, see: (value: unknown) => void): Generator<string> {
  for (const value of values) {
    see(value);
    yield typeof value === 'number' ? `${value}` : JSON.stringify(value);
  }
}
