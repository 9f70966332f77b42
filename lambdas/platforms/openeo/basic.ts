import type { Authorization } from '../ports.ts';
import type { BasicAccount } from '../credentials/model.ts';
import { json } from '../replies/model.ts';
import { problemText } from '../rules/answers.ts';
import { BasicToken } from './model.ts';
import type { ApiRoot } from './root.ts';

/**
 * Basic login (`GET /credentials/basic`): the token is kept until the platform refuses it, since it does not tell how
 * long it is good for. The prefixed form is the one that every version before 2.0 takes.
 */
export function basicAuthorization(root: ApiRoot, account: () => Promise<Pick<BasicAccount, 'username' | 'password'>>): Authorization {
  let header: Promise<string> | undefined;
  return async (refused) => {
    const last = header;
    // Another request may have logged in again meanwhile.
    if (refused !== undefined && (await last?.catch(() => undefined)) === refused && header === last) header = undefined;
    const mine = (header ??= login(root, account));
    return mine.catch((error: unknown) => {
      if (header === mine) header = undefined;
      throw error;
    });
  };
}

async function login(root: ApiRoot, account: () => Promise<Pick<BasicAccount, 'username' | 'password'>>): Promise<string> {
  const found = await root.find();
  if (found.kind !== 'found') throw new Error(found.kind === 'unavailable' ? found.message : 'The platform has no API.');
  const { username, password } = await account();
  const answer = await found.value.http.send('GET', '/credentials/basic', undefined, {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  });
  if (answer.kind !== 'answer') throw new Error(answer.message);
  const token = answer.status === 200 ? BasicToken.safeParse(json(answer.text)).data?.access_token : undefined;
  if (token === undefined) throw new Error(`The platform does not let this deployment's account in: ${problemText(answer)}`);
  return `Bearer basic//${token}`;
}
