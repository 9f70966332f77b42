import type { Role } from '../http/route.ts';
import type { Scope } from './scopes.ts';

/** Who calls. `userId` is derived from (issuer, subject), never changes, and is safe in keys and paths. */
export interface Caller {
  userId: string;
  issuer: string;
  subject: string;
  roles: readonly Role[];
  /** What the caller's personal access token is good for; absent for one who signed in. */
  scopes?: readonly Scope[];
}
