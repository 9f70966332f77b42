// What this machine has and lacks. Needs nothing installed, so that it can be run first.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { findPython } from './python.mjs';

process.chdir(resolve(import.meta.dirname, '..'));
const GIB = 1024 ** 3;
const neededGib = 2;
let missing = 0;
const good = (text) => console.log(`ok       ${text}`);
const note = (text) => console.log(`note     ${text}`);
const bad = (text) => {
  missing++;
  console.log(`MISSING  ${text}`);
};
const versionOf = (program) => spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.trim();
const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

function node() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) return bad(`Node 20 or newer; this is ${process.version}`);
  const bundled = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  if (!bundled && major < 24) return bad(`Node 24 or newer on ${process.platform} (${process.arch}); this is ${process.version}`);
  good(`Node ${process.version}${bundled ? '; Node 24 comes with the npm packages' : ''}`);
}

function npm() {
  const version = versionOf('npm');
  if (version) good(`npm ${version}`);
  else bad('npm');
}

function python() {
  const found = findPython();
  if (found.missing) bad(found.missing);
  else good(`Python ${found.version} with venv and ${found.ensurepip ? 'ensurepip' : 'pip'} (${found.program})`);
}

function disk() {
  const { bavail, bsize } = statfsSync('.');
  const free = (bavail * bsize) / GIB;
  (free < neededGib ? bad : good)(`${free.toFixed(1)} GiB of disk are free here; ${neededGib} are needed`);
}

function installed() {
  note(`npm packages are ${existsSync('node_modules/.package-lock.json') ? '' : 'not '}installed`);
  note(`Python packages are ${existsSync('.venv/.swath-stamp') ? '' : 'not '}installed`);
  const openEo = findPython(11);
  if (existsSync('.venv-openeo/.swath-stamp')) note('the openEO server (npm start -- --with openeo) is installed');
  else note(`the openEO server (npm start -- --with openeo) is not installed${openEo.missing ? ` and cannot be: ${openEo.missing}` : ''}`);
  if (existsSync('.swath/kept.json'))
    note('a kept environment is here: npm start -- --keep goes on with it, npm start without it empties it');
}

async function port(variable) {
  const wanted = process.env[variable];
  const free = await new Promise((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen(Number(wanted ?? 0), '127.0.0.1', () => server.close(() => done(true)));
  });
  const name = wanted ? `port ${wanted} (${variable})` : `a free port on 127.0.0.1 for ${variable}`;
  if (free) good(name);
  else if (!owner()) bad(`${name} is taken by another program`);
}

const alive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

function owner() {
  const recorded = readJson('.swath/owner.json');
  return recorded && alive(recorded.pid) ? recorded : undefined;
}

function environment() {
  const processes = readJson('.swath/processes.json') ?? [];
  const running = owner();
  if (!running) {
    const left = processes.filter(({ pid }) => alive(pid));
    note(
      left.length === 0 ? 'no environment runs here: npm start' : `servers of a killed environment are left; the next npm start ends them`,
    );
    return;
  }
  const local = readJson('.swath/local.json');
  if (local) good(`an environment runs here (process ${running.pid}): ${local.apiUrl}`);
  else note(`an environment is being started here (process ${running.pid})`);
  for (const { pid, mark } of processes)
    if (!alive(pid)) bad(`its server ${mark} (process ${pid}) is gone: end the environment and start it again`);
}

node();
npm();
python();
disk();
await port('SWATH_PORT');
await port('SWATH_PYGEOAPI_PORT');
await port('SWATH_OPENEO_PORT');
installed();
environment();
process.exitCode = missing > 0 ? 1 : 0;
