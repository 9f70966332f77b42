import { env } from '../env.ts';
import type { Verify } from '../http/authenticate.ts';
import { cognitoVerifier } from './verify.ts';

/** The verifier that the environment of an HTTP function describes. */
export const verifierFromEnv = (): Verify =>
  cognitoVerifier({ userPoolId: env('USER_POOL_ID'), clientId: env('USER_POOL_CLIENT_ID'), rolesClaim: env('ROLES_CLAIM') });
