import type { Route, RouteError } from './route.ts';

/** What the middlewares can answer in front of a route's handler. */
function byMiddlewares({ roles, scope, body, mediaTypes }: Route): RouteError[] {
  const open = roles.includes('anyone');
  const everybody = open || roles.includes('user');
  return [
    ...(open
      ? []
      : [
          { status: 401, codes: ['AUTHENTICATION_FAILED'], when: 'There is no token, or it is expired, forged or made for somebody else.' },
        ]),
    ...(everybody ? [] : [{ status: 403, codes: ['FORBIDDEN'], when: `You have none of the roles ${roles.join(', ')}.` }]),
    ...(open
      ? []
      : [
          {
            status: 403,
            codes: ['FORBIDDEN'],
            when: scope ? `The token lacks the scope ${scope}.` : 'Personal access tokens are not taken.',
          },
        ]),
    ...(body ? [{ status: 413, codes: ['PAYLOAD_TOO_LARGE'], when: 'The body is over 4 MB.' }] : []),
    ...(mediaTypes
      ? [{ status: 415, codes: ['UNSUPPORTED_MEDIA_TYPE'], when: `The body has another media type than ${mediaTypes.join(' or ')}.` }]
      : []),
    {
      status: 422,
      codes: ['VALIDATION_ERROR'],
      when: 'The request has faults, such as a parameter that is not known here; details.errors lists all.',
    },
    ...(open ? [] : [{ status: 429, codes: ['TOO_MANY_REQUESTS'], when: 'You ask too often: wait as many seconds as Retry-After says.' }]),
    { status: 500, codes: ['INTERNAL_ERROR'], when: 'Something went wrong on our side.' },
    ...(open
      ? []
      : [{ status: 503, codes: ['SERVICE_UNAVAILABLE'], when: 'Tokens cannot be checked just now: try again in some seconds.' }]),
  ];
}

/** Every error that an operation can answer, one row per status: its own, and those of the middlewares in front of it. */
export function errorsOf(route: Route): RouteError[] {
  const rows = new Map<number, RouteError>();
  for (const { status, codes, when } of [...route.errors, ...byMiddlewares(route)]) {
    const known = rows.get(status);
    // A route that documents a status in its own words has said it all, unless another code is meant.
    if (!known) rows.set(status, { status, codes, when });
    else if (!codes.every((code) => known.codes.includes(code)))
      rows.set(status, { status, codes: [...new Set([...known.codes, ...codes])], when: `${known.when.replace(/\.?$/, '.')} Or: ${when}` });
  }
  return [...rows.values()].sort((a, b) => a.status - b.status);
}
