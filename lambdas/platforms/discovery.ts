import { systemClock } from '../shared/time/system.ts';
import { httpClient } from './http-client.ts';
import type { Platform } from './model.ts';
import { ProcessList } from './ogc-processes/model.ts';
import { ApiRoot } from './openeo/root.ts';
import type { Discover } from './ports.ts';
import { json } from './replies/model.ts';
import { problemText } from './rules/answers.ts';

/** An administrator waits for the answer: both kinds are asked within a function's 30 seconds. */
const times = { connectSeconds: 3, readSeconds: 4 };

/** What keeps the base URL from being an openEO back-end; undefined where it is one. */
async function notOpenEo({ baseUrl }: Platform): Promise<string | undefined> {
  const root = await new ApiRoot(baseUrl, times, systemClock).find();
  return root.kind === 'unavailable' ? root.message : undefined;
}

/** What keeps the base URL from being a server of processes; an openEO back-end has a list of this form, too. */
async function notOgc({ baseUrl }: Platform): Promise<string | undefined> {
  const answer = await httpClient(baseUrl, times, systemClock).send('GET', '/processes?limit=1');
  if (answer.kind !== 'answer') return answer.message;
  if (answer.status !== 200) return `${baseUrl.replace(/\/+$/, '')}/processes: ${problemText(answer)}`;
  return ProcessList.safeParse(json(answer.text)).success ? undefined : 'Its /processes is no list of processes.';
}

const refused = (entry: Platform, what: string, why: string) =>
  ({ ok: false, message: `${entry.baseUrl} does not answer as ${what}: ${why}` }) as const;

/** Asks a platform who it is, by the first requests of its dialect, without any account. */
export const discover: Discover = async (entry) => {
  if (entry.kind === 'builtin') return { ok: true };
  if (entry.kind === 'batch')
    return process.env['CONTAINERS'] ? { ok: true } : { ok: false, message: 'This deployment runs no containers: its config has none.' };
  const [openEo, ogc] = await Promise.all([notOpenEo(entry), notOgc(entry)]);
  if (entry.kind === 'openeo') {
    if (openEo === undefined) return { ok: true };
    return refused(entry, 'an openEO back-end', ogc === undefined ? 'it is an OGC API - Processes server (kind ogc-processes).' : openEo);
  }
  if (ogc === undefined && openEo !== undefined) return { ok: true };
  return refused(entry, 'an OGC API - Processes server', openEo === undefined ? 'it is an openEO back-end (kind openeo).' : ogc!);
};
