import { setTimeout as pause } from 'node:timers/promises';
import { bearerToken } from '../../shared/auth/bearer.ts';
import type { Caller } from '../../shared/auth/caller.ts';
import { dynamo, kms } from '../../shared/aws.ts';
import { env } from '../../shared/env.ts';
import { systemClock } from '../../shared/time/system.ts';
import { dynamoAccounts } from '../credentials/dynamo.ts';
import { envelope } from '../credentials/envelope.ts';
import { kmsVault } from '../credentials/kms.ts';
import { clientSecret } from '../credentials/use-cases.ts';
import type { Platform, PlatformTimes } from '../model.ts';
import { dynamoCredentials } from './dynamo.ts';
import { tokenIssuer } from './issuer.ts';
import { faultOf } from './rules.ts';
import type { Deps } from './use-cases/deps.ts';
import { obtain } from './use-cases/exchange.ts';

const vault = kmsVault(kms, process.env['CREDENTIALS_KEY'] ?? '');
const store = () => dynamoCredentials(dynamo(), env('USER_CREDENTIALS_TABLE'));

/** What the routes of a user's own credential need: they seal, and open nothing. */
export const keeping = () => ({ store: store(), vault: envelope(vault), clock: systemClock });

/** Users' credentials bound to this environment; `times` bound the answers of issuers. */
export function userCredentials(times: PlatformTimes): Deps {
  const accounts = () => ({ accounts: dynamoAccounts(dynamo(), env('CREDENTIALS_TABLE')), vault });
  return {
    ...keeping(),
    issuer: tokenIssuer((platformId) => clientSecret(accounts(), platformId), times, systemClock),
    pause: async (ms) => void (await pause(ms)),
    callSeconds: times.connectSeconds + times.readSeconds,
  };
}

/** Why no job may go in a lane of this platform and user (undefined: the service account); undefined where one may. */
export async function credentialFault({ id, title, auth }: Platform, userId: string | undefined): Promise<string | undefined> {
  if ((auth.method === 'user') !== (userId !== undefined))
    return `${title} runs jobs under another account since this one was sent: cancel it, and send it again.`;
  if (auth.method !== 'user' || userId === undefined) return undefined;
  return faultOf(await store().get(userId, id), { id, title, auth }, systemClock.now());
}

/** Gets a credential by exchange of the token that a request came with, where the platform takes one; true when what is known of it has changed. */
export async function obtainFor(
  { id, title, auth }: Platform,
  { userId, issuer, scopes }: Caller,
  authorization: string | undefined,
  times: PlatformTimes,
): Promise<boolean> {
  if (auth.method !== 'user') return false;
  const jwt = scopes === undefined ? bearerToken(authorization) : undefined;
  return obtain(userCredentials(times), { id, title, auth }, { userId, issuer, jwt });
}
