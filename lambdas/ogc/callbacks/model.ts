import * as z from 'zod';
import { JobEvent } from '../../shared/events/events.ts';

/** Types of events that somebody may want to be called with. */
export const toldTypes = ['job.running', 'job.results.ready', 'job.failed', 'job.dismissed'] as const satisfies JobEvent['type'][];

/** What a call tells: the start of the run, its end, or (to a response handler) whichever end it came to. */
export const News = z.enum(['inProgress', 'success', 'failed', 'status']);
export type News = z.infer<typeof News>;

/** One URL that is to be called with one event. */
export const Delivery = z.object({
  event: JobEvent,
  news: News,
  uri: z.string(),
  attempt: z.number().int().describe('Tries before this one'),
});
export type Delivery = z.infer<typeof Delivery>;

/** What the queue holds: an event as the bus wraps it, or a call that is to be tried again. */
export const Message = z.union([z.object({ detail: JobEvent }), z.object({ delivery: Delivery })]);

/** The deployment's key pair: the private half sealed, the public one as a JSON Web Key has it (RFC 8037). */
export const SigningKey = z.object({
  kid: z.string(),
  x: z.string().describe('Public key, base64url'),
  sealed: z.string().describe('Private key (PKCS #8, base64), sealed'),
  created: z.string(),
});
export type SigningKey = z.infer<typeof SigningKey>;

export const CallbackKeys = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
        kid: z.string(),
        x: z.string(),
        whpk: z.string().describe('The same key as libraries of Standard Webhooks take it'),
      }),
    ),
  })
  .meta({ id: 'CallbackKeys' });
export type CallbackKeys = z.infer<typeof CallbackKeys>;
