import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { endAll, type OwnedProcess } from './processes.ts';

/** The end of a log, for an error message. */
export const tail = (file: string, lines = 20): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');

/** The servers of one environment. Each is recorded in `processes.json` as soon as it exists, so that a later start can end what a crash left. */
export class Servers {
  private readonly owned: OwnedProcess[] = [];
  private readonly children: ChildProcess[] = [];
  private readonly state: string;
  private readonly root: string;
  private stopping = false;
  private tellGone: (reason: string) => void = () => undefined;
  /** Resolves when a server ended by itself, with what to say of it. */
  readonly gone = new Promise<string>((resolve) => (this.tellGone = resolve));

  constructor(state: string, root: string) {
    this.state = state;
    this.root = root;
  }

  /** Starts a server in a process group of its own (a terminal's Ctrl-C reaches only us, and we stop in order). */
  async serve(name: string, command: string[], env: NodeJS.ProcessEnv, readyUrl: string): Promise<void> {
    if (this.stopping) throw new Error('Interrupted');
    const log = `${this.state}/logs/${name}.log`;
    const out = openSync(log, 'w');
    const [program, ...args] = command as [string, ...string[]];
    const child = spawn(program, args, { env, cwd: this.root, stdio: ['ignore', out, out], detached: true });
    closeSync(out);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, by) => resolve(`it ended with ${code ?? by}`));
    });
    if (child.pid !== undefined) this.record({ pid: child.pid, mark: program });
    this.children.push(child);
    const failure = await Promise.race([ended, answers(readyUrl, 30_000)]);
    if (failure) throw new Error(`${tail(log)}\n\n${name} does not answer at ${readyUrl}: ${failure}. The whole log: ${log}`);
    void ended.then((reason) => {
      if (!this.stopping) this.tellGone(`${name} is gone: ${reason}. Its log: ${log}`);
    });
  }

  private record(server: OwnedProcess): void {
    this.owned.push(server);
    writeFileSync(`${this.state}/processes.json`, JSON.stringify(this.owned));
  }

  /** Process numbers, for tests that kill a server. */
  pids(): number[] {
    return this.owned.map(({ pid }) => pid);
  }

  /** Ends all of them; forces those that take longer than `graceMs`. */
  async stop(graceMs?: number): Promise<void> {
    this.stopping = true;
    await endAll(this.owned, graceMs);
  }
}

/** Resolves with nothing as soon as the URL answers 2xx, or with a reason when the time is over. */
async function answers(url: string, withinMs: number): Promise<string | undefined> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return undefined;
    await new Promise((next) => setTimeout(next, 50));
  }
  return `no answer within ${withinMs / 1000} s`;
}
