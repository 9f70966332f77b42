/** S3 takes keys up to so many bytes (UTF-8). */
const longestKey = 1024;

/** Folders that Swath alone writes: what it keeps there decides what runs, and is checked when it is written. */
const kept = ['jobs', 'tasks'];

export const workspaceKey = (owner: string, path: string): string => `users/${owner}/workspace/${path}`;

/** Why no file may lie at a path of this owner's workspace; undefined where one may. */
export function pathFault(owner: string, path: string): string | undefined {
  if (path === '') return 'A path is required, such as areas/farms.geojson.';
  if (!path.isWellFormed()) return 'This is no Unicode text: it has half of a surrogate pair.';
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(path))
    return 'Control characters, line separators and marks of writing direction are not possible in a path.';
  if (path !== path.normalize('NFC')) return 'Must be in Unicode normalization form C: two names that look the same would be two files.';
  const segments = path.split('/');
  if (segments.includes('.') || segments.includes('..')) return 'Must not have . or .. as a part: give the path as it is.';
  if (segments.includes('')) return 'Must not begin or end with a slash, nor have two in a row.';
  const bytes = Buffer.byteLength(workspaceKey(owner, path));
  if (bytes > longestKey) return `Too long by ${bytes - longestKey} bytes (UTF-8): use shorter names.`;
  if (kept.includes(segments[0]!)) return `What lies in ${segments[0]} is written by Swath alone: choose another folder.`;
  return undefined;
}
