import * as z from 'zod';

const Rate = z.strictObject({
  perMinute: z.number().positive().describe('Requests a minute, in the long run'),
  burst: z.number().int().positive().describe('Requests that may come at once after a quiet time'),
});

/** How often one user may ask: what only reads, and everything else. */
export const RateLimits = z.strictObject({ reads: Rate, writes: Rate });
export type RateLimits = z.infer<typeof RateLimits>;
