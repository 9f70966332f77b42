// What `npm ci` and pip bring, each only when it is not there yet. Progress goes to stderr: the standard output belongs to the command.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findPython } from './python.mjs';
import { isInstalled, makeVenv } from './venv.mjs';

const logs = '.swath/logs';
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

/** The emulator and the sample platform. */
const python = { folder: '.venv', requirements: 'local/requirements.txt', imports: 'rasterio, ministack, pygeoapi', minor: 10 };

/** A virtual environment `.venv` with exactly the hashed packages of local/requirements.txt. Answers whether anything had to be done. */
export async function installPython() {
  if (isInstalled(python)) return false;
  const advice = 'Is PyPI reachable (PIP_INDEX_URL names another index)? Is there 1 GB of free disk?';
  await makeVenv(python, (commands) => step('python packages', commands, advice));
  return true;
}

/** The openEO server, which is not everybody's wish: 590 MB. */
const openEo = {
  folder: '.venv-openeo',
  requirements: 'local/openeo/requirements.txt',
  imports: 'titiler.openeo.errors, rustac, uvicorn',
  minor: 11,
};

/** The same for `.venv-openeo`, where this machine has a Python that can carry it; says so where it has not. */
export async function installOpenEo() {
  if (isInstalled(openEo)) return false;
  const { missing } = findPython(openEo.minor);
  if (missing) {
    console.error(`         no openEO server: ${missing}`);
    return false;
  }
  const advice = 'Is PyPI reachable (PIP_INDEX_URL names another index)? Is there 1 GB of free disk?';
  await makeVenv(openEo, (commands) => step('openEO server', commands, advice));
  return true;
}

/** OWSLib, with which the OGC API - Processes door is tested. */
const clients = { folder: '.venv-clients', requirements: 'local/clients/requirements.txt', imports: 'owslib.ogcapi.processes', minor: 10 };

/** The same for `.venv-clients`. */
export async function installClients() {
  if (isInstalled(clients)) return false;
  const advice = 'Is PyPI reachable (PIP_INDEX_URL names another index)?';
  await makeVenv(clients, (commands) => step('clients', commands, advice));
  return true;
}
