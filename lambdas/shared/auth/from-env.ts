import { env, jsonEnv } from '../env.ts';
import { Issuers, ownIssuer } from './model.ts';
import { issuersVerifier } from './oidc.ts';
import type { Verify } from '../http/authenticate.ts';
import { dynamo } from '../aws.ts';
import { systemClock } from '../time/system.ts';
import { bearerVerifier } from './bearer.ts';
import { dynamoTokens } from './dynamo-tokens.ts';
import { patVerifier } from './verify-pat.ts';
import { cognitoVerifier } from './verify.ts';

/** The verifier that the environment of an HTTP function describes. */
export const verifierFromEnv = (): Verify =>
  bearerVerifier(
    issuersVerifier(
      {
        id: ownIssuer,
        verify: cognitoVerifier({ userPoolId: env('USER_POOL_ID'), clientId: env('USER_POOL_CLIENT_ID'), rolesClaim: env('ROLES_CLAIM') }),
      },
      jsonEnv('ISSUERS', Issuers),
    ),
    patVerifier(dynamoTokens(dynamo, env('TOKENS_TABLE')), systemClock),
  );
