import type { App } from 'aws-cdk-lib';
import { AccountRecovery, CfnUserPoolGroup, Mfa, UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Duration } from 'aws-cdk-lib';
import type { Config } from '../config/schema.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { Role } from '../../lambdas/shared/http/route.ts';

const groups: Exclude<Role, 'anyone'>[] = ['user', 'developer', 'administrator'];

/** Who may call: the environment's own user pool, its groups being the roles. */
export class IdentityStack extends SwathStack {
  readonly pool: UserPool;
  readonly client: UserPoolClient;

  constructor(app: App, config: Config) {
    super(app, 'identity', config);
    this.pool = new UserPool(this, 'Users', {
      selfSignUpEnabled: false, // an administrator invites
      signInCaseSensitive: false,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(7),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      ...this.stateful,
    });
    for (const groupName of groups) new CfnUserPoolGroup(this, groupName, { userPoolId: this.pool.userPoolId, groupName });
    this.client = this.pool.addClient('Client', {
      authFlows: { userSrp: true, adminUserPassword: true, userPassword: config.passwordAuth },
      preventUserExistenceErrors: true,
      disableOAuth: true,
      accessTokenValidity: Duration.hours(1),
    });
    this.output({ UserPoolId: this.pool.userPoolId, UserPoolClientId: this.client.userPoolClientId });
  }
}
