import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { awsConfig, type Local, type LocalUser } from './local.ts';

const password = 'Local-demo-1!';

/** Two users, to see that neither sees the other's jobs, a developer and an administrator. */
export const demoUsers: Record<string, LocalUser> = {
  alice: { name: 'alice', password, groups: ['user'] },
  bob: { name: 'bob', password, groups: ['user'] },
  dora: { name: 'dora', password, groups: ['developer', 'user'] },
  ada: { name: 'ada', password, groups: ['administrator', 'user'] },
};

/** Creates the demo users in the user pool; those of a kept environment are there. */
export async function createUsers(endpoint: string, UserPoolId: string): Promise<void> {
  const cognito = new CognitoIdentityProviderClient(awsConfig(endpoint));
  const create = async ({ name: Username, password: Password, groups }: LocalUser) => {
    await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' })).catch((error: unknown) => {
      if (!(error instanceof UsernameExistsException)) throw error;
    });
    await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
    for (const GroupName of groups) await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
  };
  await Promise.all(Object.values(demoUsers).map(create));
  cognito.destroy();
}

/** A fresh access token of a demo user, valid for an hour. An unknown name is an error that lists the known ones. */
export async function signIn(local: Local, name: string): Promise<string> {
  const user = local.users[name];
  if (!user) throw new Error(`There is no user "${name}"; there are ${Object.keys(local.users).join(', ')}.`);
  const cognito = new CognitoIdentityProviderClient(awsConfig(local.endpoint));
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: local.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: user.name, PASSWORD: user.password },
    }),
  );
  cognito.destroy();
  if (!AuthenticationResult?.AccessToken) throw new Error(`${name} was not given a token.`);
  return AuthenticationResult.AccessToken;
}
