import { uuidv7 } from 'uuidv7';

/** UUIDv7: sortable by the time they were made (RFC 9562, 5.7). */
export const uuids = { next: (): string => uuidv7() };
