import * as z from 'zod';
import { jsonEnv } from '../shared/env.ts';

const Account = z.object({ username: z.string().min(1), password: z.string().min(1) });
export type Account = z.infer<typeof Account>;

/**
 * The platform account that a reference in config names, from the function's environment (`PLATFORM_CREDENTIALS`: a JSON
 * object by reference). Throws where there is none: the lane then says so, and its jobs wait.
 */
export async function accountFromEnv(reference: string): Promise<Account> {
  const accounts = process.env['PLATFORM_CREDENTIALS'] ? jsonEnv('PLATFORM_CREDENTIALS', z.record(z.string(), Account)) : {};
  const account = accounts[reference];
  if (account === undefined) throw new Error(`There is no account "${reference}" for this platform in this deployment.`);
  return account;
}
