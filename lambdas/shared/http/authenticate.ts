import type { Caller } from '../auth/caller.ts';
import { Problem } from '../problem.ts';
import type { Middleware } from './exchange.ts';
import type { Route } from './route.ts';

/** Who sends this `Authorization` header; throws a 401 or 503 problem when that cannot be said. */
export type Verify = (authorization: string | undefined) => Promise<Caller>;

const isOpen = (route: Route): boolean => route.roles.includes('anyone');

/** Lets pass whom the route's roles name. A table without open routes only needs a verifier. */
export function authenticate(routes: readonly Route[], verify: Verify | undefined): Middleware {
  if (!verify && !routes.every(isOpen)) throw new Error('A route table that needs callers needs a verifier.');
  return {
    before: async ({ event: { exchange, headers } }) => {
      const route = exchange.route!;
      if (isOpen(route) || exchange.page || !verify) return;
      const caller = await verify(headers['authorization']);
      exchange.caller = caller;
      if (caller.scopes !== undefined && (route.scope === undefined || !caller.scopes.includes(route.scope))) {
        const needed = route.scope === undefined ? 'is for people who signed in' : `needs a token with the scope ${route.scope}`;
        const challenge = `Bearer realm="swath", error="insufficient_scope"${route.scope === undefined ? '' : `, scope="${route.scope}"`}`;
        throw new Problem(403, 'FORBIDDEN', `This ${needed}.`, { headers: { 'www-authenticate': challenge } });
      }
      if (!route.roles.some((role) => caller.roles.includes(role)))
        throw new Problem(403, 'FORBIDDEN', `This needs the role ${route.roles.join(' or ')}. An administrator can give it to you.`);
    },
  };
}
