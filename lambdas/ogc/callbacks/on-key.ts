import { kmsVault } from '../../platforms/credentials/kms.ts';
import { dynamo, kms } from '../../shared/aws.ts';
import { customResource } from '../../shared/custom-resource.ts';
import { env } from '../../shared/env.ts';
import { iso } from '../../shared/time/clock.ts';
import { systemClock } from '../../shared/time/system.ts';
import { dynamoKeys } from './dynamo.ts';
import { ensureKey } from './signature.ts';

/** A custom resource: the first deployment makes the key that callbacks are signed with. */
export const handler = customResource('callback-key', () =>
  ensureKey(dynamoKeys(dynamo(), env('CREDENTIALS_TABLE')), kmsVault(kms, env('CREDENTIALS_KEY')), iso(systemClock.now())),
);
