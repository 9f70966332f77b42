import type { Fault } from '../../shared/problem.ts';

/** Where an `s3://` reference may point to: the caller's own workspace, and the samples everybody may read. */
const readablePrefixes = (owner: string): string[] => [`users/${owner}/workspace/`, 'samples/'];

export interface Reference {
  /** JSON pointer within the parameters. */
  pointer: string;
  uri: string;
}

/** URL readers pass over blanks and control characters and take any case: whatever they could read as `s3:` is a reference. */
const looksLikeReference = (text: string): boolean => /^s3:/i.test(text.replaceAll(/[\u0000-\u0020]/g, ''));

/** Every text in the parameters that starts with `s3://`, wherever it stands. */
export function references(value: unknown, pointer = ''): Reference[] {
  if (typeof value === 'string') return looksLikeReference(value) ? [{ pointer, uri: value }] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, child]) =>
    references(child, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/** The key of a reference that its owner may read, else undefined. Only our bucket; no empty, `.` or `..` segment. */
export function readableKey(uri: string, bucket: string, owner: string): string | undefined {
  const prefix = `s3://${bucket}/`;
  if (!uri.startsWith(prefix)) return undefined;
  const key = uri.slice(prefix.length);
  if (key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  return readablePrefixes(owner).some((allowed) => key.startsWith(allowed)) ? key : undefined;
}

/** References the owner may not use, as faults; `pointer`: where the value stands. */
export const unreadable = (value: unknown, bucket: string, owner: string, pointer = '/parameters'): Fault[] =>
  references(value, pointer)
    .filter(({ uri }) => readableKey(uri, bucket, owner) === undefined)
    .map((reference) => ({
      pointer: reference.pointer,
      message: 'This reference is not yours: use a file of your own workspace or one of the samples.',
    }));

/** The parameters with every reference replaced by what `sign` made of it. */
export function withSigned(value: unknown, signed: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return signed.get(value) ?? value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((child) => withSigned(child, signed));
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withSigned(child, signed)]));
}
