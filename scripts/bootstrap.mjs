// The way into every npm script, in plain JavaScript for any Node >= 20: brings the npm packages (among them Node 24) and, where the command
// needs them, the Python packages; then hands over to Node 24. When everything is there this takes a few hundredths of a second.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, resolve } from 'node:path';
import { installNode, installOpenEo, installPython } from './install.mjs';

const started = Date.now();
const suites = ['unit', 'infra', 'contract', 'simulation', 'adapters', 'e2e'];
const needEnvironment = ['adapters', 'e2e'];
const commands = ['start', 'test', 'check', 'deploy', 'bench', 'simulate', 'bugs', 'fake', 'token', 'openapi'];

/** The program and whether it starts the emulator: `test unit infra <jest's arguments>`, or `<command> <arguments>` of scripts/. */
function plan(command, args) {
  if (command !== 'test')
    return { program: [`scripts/${command}.ts`, ...args], python: ['start', 'bench'].includes(command) && !args.includes('--help') };
  const first = args.findIndex((argument) => !suites.includes(argument));
  const chosen = first < 0 ? args : args.slice(0, first);
  const rest = first < 0 ? [] : args.slice(first);
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    // What needs the environment runs one file after the other: the emulator is one, and some files stop it.
    chosen.some((suite) => needEnvironment.includes(suite)) ? '--runInBand' : '--maxWorkers=100%',
    '--selectProjects',
    ...chosen,
  ];
  return { program: [...jest, ...rest], python: chosen.some((suite) => needEnvironment.includes(suite)) };
}

/** The openEO server is brought for who asks for it, and for the end-to-end tests of CI, which do without where it cannot be had. */
function bringOpenEo(command, args) {
  if (
    command === 'start' &&
    args.some((argument, at) => argument === '--with=openeo' || (argument === 'openeo' && args[at - 1] === '--with'))
  )
    return installOpenEo();
  if (command !== 'test' || !args.includes('e2e') || process.env.CI !== 'true') return false;
  return installOpenEo().catch((error) => void console.error(`\n${error.message}\nThe tests go on without the openEO server.`));
}

/** Node 24 of the npm packages; they exist for Linux, elsewhere the Node that runs this must be new enough itself. */
function node24() {
  const local = resolve('node_modules/.bin/node');
  if (existsSync(local)) return local;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(
    `Node 24 or newer is needed on ${process.platform} (${process.arch}); this is ${process.version}. See https://nodejs.org.`,
  );
}

/** Runs the program until it ends, hands signals on, and ends it too when npm itself was killed. */
function handOver(program, env) {
  const node = node24();
  const child = spawn(node, program, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1000).unref();
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

process.chdir(resolve(import.meta.dirname, '..'));
const [command, ...args] = process.argv.slice(2);
try {
  if (Number(process.versions.node.split('.')[0]) < 20) throw new Error(`Node 20 or newer is needed, this is ${process.version}.`);
  if (!commands.includes(command)) throw new Error(`"${command ?? ''}" is none of ${commands.join(', ')}.`);
  const { program, python } = plan(command, args);
  const installed = await Promise.all([installNode(), python ? installPython() : false, bringOpenEo(command, args)]);
  const path = [resolve('node_modules/.bin'), resolve('.venv/bin'), process.env.PATH].join(delimiter);
  handOver(program, { ...process.env, PATH: path, SWATH_STARTED: String(started), SWATH_INSTALLED: String(installed.some(Boolean)) });
} catch (error) {
  console.error(`\n${error.message}`);
  process.exit(1);
}
