/**
 * What can be watched. A subject is stored as `<kind>:<id>`; clients name their own by a key of `subjects` in `subscribe`.
 * A further kind needs its key here, the changes that concern it (`changes.ts`) and its full status (`read-status.ts`).
 */

/** The subject that all jobs of a user are; clients call it `jobs`. */
export const jobsOf = (owner: string): string => `jobs:${owner}`;

/** Whose jobs a subject is. */
export const ownerOf = (subject: string): string => subject.slice('jobs:'.length);

/** How long a subject that nobody views any more is watched on, so that whoever comes back in time misses nothing. */
export const lingerSeconds = 120;
