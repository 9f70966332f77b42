import { Problem } from '../problem.ts';

/** A 401 that says what to do about it. */
export const unauthenticated = (message: string, challenge = 'Bearer realm="swath", error="invalid_token"'): Problem =>
  new Problem(401, 'AUTHENTICATION_FAILED', message, { headers: { 'www-authenticate': challenge } });
