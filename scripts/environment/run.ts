import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { tail } from './servers.ts';

interface Where {
  state: string;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Ends the command when the environment is interrupted. */
  signal?: AbortSignal | undefined;
}

/** Runs a command to its end with its output in `<state>/logs/<name>.log`; an error carries the log's end. */
export async function runCommand(name: string, command: string[], { state, env, cwd, signal }: Where): Promise<void> {
  const log = `${state}/logs/${name}.log`;
  const out = openSync(log, 'w');
  const [program, ...args] = command as [string, ...string[]];
  const outcome = await new Promise<string | undefined>((resolve) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', out, out], ...(signal ? { signal } : {}) });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, by) => resolve(code === 0 ? undefined : `it ended with ${code ?? by}`));
  });
  closeSync(out);
  if (outcome !== undefined) throw new Error(`${tail(log)}\n\n${name} failed: ${outcome}. The whole log: ${log}`);
}
