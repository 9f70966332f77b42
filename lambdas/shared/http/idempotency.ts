import { createHash } from 'node:crypto';
import * as z from 'zod';

/** Request headers of a route that makes something: sent again with the same key, a request makes it once. */
export const IdempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'Must be 1 to 255 printable ASCII characters, such as a UUID.')
    .optional()
    .describe(
      'Chosen by the client, such as a UUID. The same request with the same key is answered with what the first one made, for 7 days',
    )
    .meta({ example: '3f2a8c6e-5b1d-4e0f-9a77-0c6b1f5d2e90' }),
});

/** What a request with an `Idempotency-Key` is known by. */
export interface Asked {
  /** SHA-256 of the key. */
  key: string;
  /** SHA-256 of method, path and body. */
  fingerprint: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** JSON with the members of every object in order: a client may build the same body in another one. */
const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** How the request is known, or undefined where it has no key. `path` is the route's, so that slashes make no difference. */
export const asked = (key: string | undefined, method: string, path: string, body: unknown): Asked | undefined =>
  key === undefined ? undefined : { key: sha256(key), fingerprint: sha256(`${method} ${path}\n${ordered(body)}`) };
