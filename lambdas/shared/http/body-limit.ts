import { Problem } from '../problem.ts';
import type { Middleware } from './exchange.ts';

/** A function takes 6 MB with the gateway's escapes and envelope (Lambda quotas, synchronous invocation payload). */
const mostBytes = 4 * 1024 * 1024;

/** Refuses bodies over 4 MB with words, before the platform's own limits do so without. */
export function bodyLimit(): Middleware {
  return {
    before: ({ event }) => {
      const bytes = Buffer.byteLength(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
      if (bytes <= mostBytes) return;
      const size = (bytes / 1024 / 1024).toFixed(1);
      const advice = 'Put large inputs into a file and give its URL or its s3:// address in the parameters.';
      throw new Problem(413, 'PAYLOAD_TOO_LARGE', `The body has ${size} MB, the most is 4 MB. ${advice}`);
    },
  };
}
