// What `npm ci` and pip bring, each only when it is not there yet. Progress goes to stderr: the standard output belongs to the command.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findPython } from './python.mjs';

const logs = '.swath/logs';
const requirements = 'local/requirements.txt';
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** Runs the commands one after another into one log; says how long it takes, and on failure shows the log's end and the advice. */
async function step(name, commands, advice) {
  mkdirSync(logs, { recursive: true });
  const log = `${logs}/${name.replaceAll(' ', '-')}.log`;
  const out = openSync(log, 'w');
  const start = Date.now();
  console.error(`         installing ${name} ...`);
  const alive = setInterval(() => console.error(`         still installing ${name} (${seconds(start)})`), 15_000);
  try {
    for (const [program, ...args] of commands) {
      const code = await new Promise((done) => {
        const child = spawn(program, args, { stdio: ['ignore', out, out] });
        child.on('error', (error) => done(error.message));
        child.on('exit', done);
      });
      if (code === 0) continue;
      const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-15).join('\n');
      throw new Error(
        `${tail}\n\nInstalling ${name} failed: ${program} ${args[0]} ended with ${code}. ${advice}\nThe whole log: ${resolve(log)}`,
      );
    }
  } finally {
    clearInterval(alive);
    closeSync(out);
  }
  console.error(`         installed ${name} (${seconds(start)})`);
}

/** Installed is what npm's own record in node_modules says; a package for another machine is in the lock file only. */
function nodePackagesMissing() {
  const wanted = readJson('package-lock.json').packages;
  const present = readJson('node_modules/.package-lock.json')?.packages ?? {};
  return Object.entries(wanted).some(([path, { version, integrity, optional }]) => {
    const found = present[path];
    if (path === '' || (optional && !found)) return false;
    return found?.version !== version || found.integrity !== integrity;
  });
}

/** Exactly the lock file's packages, without running their install scripts. Answers whether anything had to be done. */
export async function installNode() {
  if (!nodePackagesMissing()) return false;
  if (lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Error(
      'node_modules is a symbolic link and not up to date; npm ci would empty the folder it points to. Remove the link first.',
    );
  const npm = ['npm', 'ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await step('npm packages', [npm], 'Is the npm registry reachable (npm ping)? Is there 1 GB of free disk?');
  return true;
}

/** A virtual environment `.venv` with exactly the hashed packages of local/requirements.txt. Answers whether anything had to be done. */
export async function installPython() {
  const stamp = '.venv/.swath-stamp';
  const sum = createHash('sha256').update(readFileSync(requirements)).update(resolve('.venv')).digest('hex');
  const works = () => spawnSync('.venv/bin/python', ['-c', 'import rasterio, ministack, pygeoapi'], { stdio: 'ignore' }).status === 0;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sum && existsSync('.venv/bin/ministack')) return false;
  const { program, ensurepip, missing } = findPython();
  if (missing) throw new Error(missing);
  const install = [
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--only-binary',
    ':all:',
    '--require-hashes',
    '-r',
    requirements,
  ];
  // Removed here and not by `venv --clear`, which empties what a symbolic link points to.
  rmSync('.venv', { recursive: true, force: true });
  const commands = ensurepip
    ? [
        [program, '-m', 'venv', '.venv'],
        ['.venv/bin/python', '-m', 'pip', ...install],
      ]
    : [
        [program, '-m', 'venv', '--without-pip', '.venv'],
        [program, '-m', 'pip', '--python', '.venv/bin/python', ...install],
      ];
  await step('python packages', commands, 'Is PyPI reachable (PIP_INDEX_URL names another index)? Is there 1 GB of free disk?');
  if (!works())
    throw new Error(
      'The Python packages are installed but cannot be imported: .venv/bin/python -c "import rasterio, ministack, pygeoapi" says why.',
    );
  writeFileSync(stamp, sum);
  return true;
}
