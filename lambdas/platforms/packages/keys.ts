/** Keys of the table of deployed processes. */
export const recordKey = (id: string) => ({ pk: `process#${id}`, sk: 'process' });
export const revisionKey = (id: string, revision: number) => ({ pk: `process#${id}`, sk: `revision#${String(revision).padStart(8, '0')}` });

/** Attributes of the indexes `owner` and `published`, which end with the process being there, or public. */
export const ownerKey = (owner: string): string => `owner#${owner}`;
export const publishedKey = 'published';

/** Where what is too large for a row lies; named by its content, so that two who write at once take nothing from each other. */
export const contentKey = (id: string, sha256: string): string => `processes/${id}/${sha256}`;
