import { Problem } from '../problem.ts';
import { addHeaders, type HttpEvent, type Middleware } from './exchange.ts';
import type { Limiter } from './limiter.ts';
import type { RateLimits } from './model.ts';

/** The limits, and what keeps them. */
export interface Limit {
  limits: RateLimits;
  take: Limiter;
}

/** Tells everybody how much is left (draft-ietf-httpapi-ratelimit-headers-10), also in a refusal. */
export function rateHeaders(limit: Limit | undefined): Middleware {
  const tell: Middleware['after'] = ({ event, response }) => {
    const { rate } = event.exchange;
    if (rate === undefined || limit === undefined) return;
    const { perMinute, burst } = limit.limits[rate.kind];
    addHeaders(response, {
      ratelimit: `"${rate.kind}";r=${rate.remaining};t=${rate.seconds}`,
      'ratelimit-policy': `"${rate.kind}";q=${burst};w=${Math.ceil((burst * 60) / perMinute)}`,
    });
  };
  return { after: tell, onError: tell };
}

/** Refuses who asks too often. */
export function rateLimit(limit: Limit | undefined): Middleware {
  return {
    before: async ({ event }) => {
      const { caller } = event.exchange;
      if (limit === undefined || caller === undefined) return;
      const rate = await limit.take(caller.userId, isRead(event) ? 'reads' : 'writes');
      if (rate === undefined) return;
      event.exchange.rate = rate;
      if (rate.allowed) return;
      const words = `You ask too often. Wait ${rate.seconds} seconds.`;
      throw new Problem(429, 'TOO_MANY_REQUESTS', words, { headers: { 'retry-after': String(rate.seconds) } });
    },
  };
}

const isRead = ({ requestContext }: HttpEvent): boolean => ['GET', 'HEAD'].includes(requestContext.http.method);
