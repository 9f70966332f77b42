import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const tools: Record<string, string[]> = {
  types: ['tsc', '-p', '.', '--incremental', '--tsBuildInfoFile', '.swath/types'],
  'types of pages': ['tsc', '-p', 'web', '--incremental', '--tsBuildInfoFile', '.swath/types-web'],
  lint: ['eslint', '.', '--cache', '--cache-location', '.swath/eslint', '--max-warnings', '0'],
  format: ['prettier', '--check', '.', '--log-level', 'warn', '--cache', '--cache-location', '.swath/prettier'],
  unused: ['knip'],
  'API document': ['node', 'scripts/openapi.ts', '--check'],
};

/** Runs one tool to its end; its output is shown only when it fails. */
const run = (name: string, [command, ...args]: string[]) =>
  new Promise<boolean>((done) => {
    const start = Date.now();
    let out = '';
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (out += text));
    child.on('error', (error) => (out += error.message));
    child.on('close', (code) => {
      console.log(
        `${code === 0 ? 'ok   ' : 'fails'} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)${code === 0 ? '' : `\n${out}`}`,
      );
      done(code === 0);
    });
  });

const results = await Promise.all(
  Object.entries(tools)
    .filter(([, command]) => !command[1]?.endsWith('.ts') || existsSync(command[1]))
    .map(([name, command]) => run(name, command)),
);
process.exitCode = results.every(Boolean) ? 0 : 1;
