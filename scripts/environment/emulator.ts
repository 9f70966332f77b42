import { mkdirSync, writeFileSync } from 'node:fs';
import { forgetStreamPositions, keepingVariables } from './kept.ts';
import type { Servers } from './servers.ts';

/**
 * Starts MiniStack with its IAM enforcement on: every function works with no more than its own role. Empty, or with what it saved in the
 * state folder when it last ended.
 */
export async function startEmulator(servers: Servers, root: string, state: string, port: number, keep: boolean): Promise<string> {
  const endpoint = `http://127.0.0.1:${port}`;
  mkdirSync(`${state}/tmp`, { recursive: true });
  // The emulator unpacks the functions, which are CommonJS, into its TMPDIR: the repository's "type": "module" must not hold there.
  writeFileSync(`${state}/tmp/package.json`, '{"type":"commonjs"}');
  if (keep) forgetStreamPositions(state);
  const env = {
    HOME: process.env['HOME'],
    TMPDIR: `${state}/tmp`,
    PATH: `${root}/node_modules/.bin:${root}/.venv/bin:/usr/local/bin:/usr/bin:/bin`,
    NODE_PATH: `${root}/node_modules`,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    AUTH: 'true',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    ...(keep ? keepingVariables(state) : {}),
  };
  await servers.serve('emulator', [`${root}/.venv/bin/ministack`], env, `${endpoint}/_ministack/health`);
  return endpoint;
}
