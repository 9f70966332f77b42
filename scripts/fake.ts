import { parseArgs } from 'node:util';
import { FakeOgc } from '../test/support/fake-ogc.ts';
import { FakeOpenEo } from '../test/support/fake-openeo.ts';

const usage = `npm run fake -- <openeo|ogc> [options]   a fake platform on 127.0.0.1, until Ctrl-C

  --port <n>       default: a free one
  --latency <ms>   every answer comes so much later
openeo only:
  --vito           in the dialect of VITO's back-ends
  --parallel <n>   more requests in flight are answered 429
  --starts <n>     more starts within a minute are answered 429
  --running <n>    more unfinished jobs are answered ConcurrentJobLimit
  --queued <ms>    how long a started job is queued`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const counts = { parallel: 'parallel', starts: 'startsPerMinute', running: 'runningLimit', queued: 'queuedMs' } as const;

function number(name: string, given: string | undefined): number {
  const value = Number(given ?? 0);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number from 0.`);
  return value;
}

async function serve(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { port: text, latency: text, vito: flag, parallel: text, starts: text, running: text, queued: text, help: flag },
    allowPositionals: true,
  });
  const [kind] = positionals;
  if (values.help) return console.log(usage);
  if (positionals.length !== 1 || (kind !== 'openeo' && kind !== 'ogc')) throw new Error(usage);
  const [port, latency] = [number('port', values.port), number('latency', values.latency)];
  if (kind === 'ogc') {
    const given = ['vito', ...Object.keys(counts)].filter((name) => name in values);
    if (given.length > 0) throw new Error(`--${given[0]} is for openeo only.`);
    const fake = new FakeOgc();
    fake.latencyMs = latency;
    await fake.open(port);
    return console.log(`OGC API - Processes at ${fake.url}`);
  }
  const fake = new FakeOpenEo();
  Object.assign(fake.style, { vito: values.vito ?? false, pageSize: 100, latencyMs: latency });
  for (const [name, key] of Object.entries(counts) as [keyof typeof counts, (typeof counts)[keyof typeof counts]][])
    if (values[name] !== undefined) fake.style[key] = number(name, values[name]);
  await fake.open(port);
  console.log(`openEO at ${fake.url} (process descriptions: ${fake.url}/udp/echo.json)`);
}

try {
  await serve();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
