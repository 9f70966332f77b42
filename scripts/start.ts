import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { demo } from './demo.ts';
import { openEoInstalled } from './environment/openeo.ts';
import { Progress } from './environment/progress.ts';
import { startEnvironment, type Environment } from './environment/start.ts';

const usage = `npm start              starts a local environment in .swath, runs the demo, stays until Ctrl-C
npm start -- --once    the same, then ends; the exit code says whether the demo succeeded
npm start -- --no-demo stays up without running the demo
npm start -- --with openeo   starts a real openEO back-end, too (Python 3.11 or newer, 590 MB more); the demo runs on it as well
npm start -- --keep    goes on with what the last start with --keep left when it was ended by Ctrl-C: jobs, files, users, URLs

  --state <folder>     another folder: several environments can run beside each other
  SWATH_PORT           port of the AWS emulator; any free one unless given
  SWATH_PYGEOAPI_PORT  port of the sample platform; any free one unless given
  SWATH_OPENEO_PORT    port of the openEO back-end; any free one unless given

Without --keep every start begins empty, also where an environment was kept. What an end without Ctrl-C leaves (kill -9, a power cut)
is the state of the last orderly end.`;

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    'no-demo': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    with: { type: 'string', multiple: true, default: [] },
    state: { type: 'string', default: '.swath' },
    help: { type: 'boolean', default: false },
  },
});

/** What a person does next. Single quotes keep the shell's hands off the URL's dollar sign. */
function tellHowToUse({ local }: Environment, state: string): void {
  const token = `npm run -s token alice${state === '.swath' ? '' : ` -- --state ${state}`}`;
  console.log(`
  API          ${local.apiUrl}
  WebSocket    ${local.webSocketUrl}
  Platform     ${local.pygeoapi}${local.openeo === undefined ? '' : `\n  openEO       ${local.openeo}`}
  AWS emulator ${local.endpoint}
  Users        ${Object.values(local.users)
    .map(({ name, groups }) => `${name} (${groups.join(', ')})`)
    .join('  ')}
  More         ${state}/local.json

  A token:     ${token}
  Your jobs:   curl -s -H "Authorization: Bearer $(${token})" '${local.apiUrl}/unit_jobs'
`);
}

/** Environment, demo and staying up; ends when it is done, a server is gone or somebody interrupts. */
async function use(ready: Promise<Environment>, progress: Progress): Promise<void> {
  const environment = await ready;
  const readyAfter = progress.total();
  tellHowToUse(environment, values.state);
  if (!values['no-demo'] && !(await demo(environment.local, values.state))) process.exitCode = 1;
  const times = { installed: process.env['SWATH_INSTALLED'] === 'true', readyAfter, total: progress.total(), steps: progress.seconds };
  writeFileSync(`${values.state}/${times.installed ? 'timing-fresh' : 'timing'}.json`, JSON.stringify(times, null, 2));
  if (values.once) return;
  progress.say('running; Ctrl-C ends it');
  throw new Error(await environment.gone);
}

/** Whether the openEO server is asked for and there; what else is asked for is an error. */
function withOpenEo(progress: Progress): boolean {
  const unknown = values.with.filter((name) => name !== 'openeo');
  if (unknown.length > 0) throw new Error(`--with knows openeo only, not ${unknown.join(', ')}.`);
  if (values.with.length === 0) return false;
  const installed = openEoInstalled(resolve(import.meta.dirname, '..'));
  if (!installed) progress.say('no openEO server: it is not installed');
  return installed;
}

async function main(): Promise<void> {
  const progress = new Progress(Number(process.env['SWATH_STARTED'] ?? Date.now()));
  let interrupt: () => void = () => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  // Before anything is started, so that whatever comes finds somebody who cleans up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt());
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && interrupt(), 1000);
  const { ready, stop } = startEnvironment({ state: values.state, keep: values.keep, openEo: withOpenEo(progress), progress });
  try {
    await Promise.race([use(ready, progress), interrupted.then(() => (process.exitCode = values.once ? 130 : 0))]);
  } finally {
    clearInterval(watch);
    await stop();
    progress.say('stopped');
  }
}

if (values.help) console.log(usage);
else
  await main().catch((error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
