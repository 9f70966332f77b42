import type { Role } from '../http/route.ts';

/** Who calls. `userId` is derived from (issuer, subject), never changes, and is safe in keys and paths. */
export interface Caller {
  userId: string;
  issuer: string;
  subject: string;
  roles: readonly Role[];
}
