import type { Clock } from '../../shared/time/clock.ts';
import { httpClient, type Exchange } from '../http-client.ts';
import type { PlatformTimes } from '../model.ts';
import type { ReadOutcome } from '../ports.ts';
import { json, segment } from '../replies/model.ts';
import { problemText } from '../rules/answers.ts';
import { isPackageProcess } from '../packages/model.ts';
import { ProcessDocument, ProcessList } from './model.ts';
import type { KnownProcess } from './rules/graph.ts';
import { isUrl, processUrl } from './rules/process-url.ts';

/** Largest process description that is read, in bytes. */
const maxBytes = 1024 * 1024;
/** How long a description is used before it is read again, and how many are kept. */
const keptMs = 600_000;
const mostKept = 100;

/** The graph with its metadata in a revision of a package; undefined where there is none. */
export type Packaged = (process: string) => Promise<Record<string, unknown> | undefined>;

type Reading<Value> = ReadOutcome<Value> | { kind: 'refused'; message: string };

const refused = (message: string): { kind: 'refused'; message: string } => ({ kind: 'refused', message });
const unavailable = (message: string): { kind: 'unavailable'; message: string } => ({ kind: 'unavailable', message });

/**
 * Descriptions of processes: from the URL of a user-defined process on one of the platform's process hosts, or by an id
 * of the platform's own. A URL is fetched without credentials, and a redirect is no answer: it may lead anywhere.
 */
export class Processes {
  private readonly hosts: readonly string[];
  private readonly times: PlatformTimes;
  private readonly clock: Clock;
  private readonly ask: (path: string) => Promise<Exchange>;
  private readonly packaged: Packaged;
  private readonly kept = new Map<string, { until: number; value: Promise<unknown> }>();

  constructor(hosts: readonly string[], times: PlatformTimes, clock: Clock, ask: (path: string) => Promise<Exchange>, packaged: Packaged) {
    this.packaged = packaged;
    this.hosts = hosts;
    this.times = times;
    this.clock = clock;
    this.ask = ask;
  }

  async read(process: string): Promise<Reading<KnownProcess>> {
    if (isPackageProcess(process)) return this.ofPackage(process);
    if (!isUrl(process)) return this.own(process);
    const url = processUrl(process, this.hosts);
    if (url === undefined)
      return refused('Process descriptions are not read from this address. Use https, on a host that is registered with the platform.');
    url.hash = '';
    return this.cached(url.href, () => this.remote(url));
  }

  /** A graph that was deployed here; a revision never changes, so what is found is kept as long as anything is. */
  private async ofPackage(process: string): Promise<Reading<KnownProcess>> {
    const document = ProcessDocument.safeParse({ id: process, ...(await this.packaged(process)) }).data;
    return document?.process_graph === undefined ? { kind: 'missing' } : { kind: 'found', value: { document, inline: true } };
  }

  private async remote(url: URL): Promise<Reading<KnownProcess>> {
    const answer = await httpClient(url.origin, this.times, this.clock, maxBytes).send('GET', url.pathname + url.search);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    const { status } = answer;
    if (status === 404 || status === 410) return { kind: 'missing' };
    if (status >= 500 || status === 429 || status === 408)
      return unavailable(`${url.host} answered ${status} for the process description.`);
    if (status !== 200) return refused(`${url.host} answered ${status} for the process description; redirects are not followed.`);
    const document = answer.cut ? undefined : ProcessDocument.safeParse(json(answer.text)).data;
    if (document?.process_graph === undefined)
      return refused(`What ${url.host} has at this address is no process description of at most ${maxBytes} bytes.`);
    return { kind: 'found', value: { document, namespace: url.href } };
  }

  /** The platform's predefined processes, and the account's own. */
  private async own(id: string): Promise<Reading<KnownProcess>> {
    const name = segment(id);
    if (name === undefined) return { kind: 'missing' };
    const listed = await this.cached('/processes', () => this.predefined());
    if (listed.kind !== 'found') return listed;
    const document = listed.value.get(id);
    if (document !== undefined) return { kind: 'found', value: { document } };
    return this.cached(`/process_graphs/${name}`, () => this.userDefined(name));
  }

  private async predefined(): Promise<ReadOutcome<Map<string, ProcessDocument>>> {
    const answer = await this.ask('/processes');
    if (answer.kind !== 'answer') return unavailable(answer.message);
    const list = answer.status === 200 && !answer.cut ? ProcessList.safeParse(json(answer.text)).data : undefined;
    if (list === undefined) return unavailable(`The platform's process list cannot be read. ${problemText(answer)}`);
    const documents = list.processes.flatMap((one) => ProcessDocument.safeParse(one).data ?? []);
    return { kind: 'found', value: new Map(documents.map((one) => [one.id, one])) };
  }

  private async userDefined(name: string): Promise<ReadOutcome<KnownProcess>> {
    const answer = await this.ask(`/process_graphs/${name}`);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    // Not every back-end stores processes (501), and one that does says 400 for a name that is none.
    if ([400, 404, 405, 410, 501].includes(answer.status)) return { kind: 'missing' };
    const document = answer.status === 200 && !answer.cut ? ProcessDocument.safeParse(json(answer.text)).data : undefined;
    return document === undefined ? unavailable(problemText(answer)) : { kind: 'found', value: { document } };
  }

  /** Asks once for all that ask at the same time. What was found is kept for a while; anything else is asked for again. */
  private async cached<Outcome extends { kind: string }>(key: string, read: () => Promise<Outcome>): Promise<Outcome> {
    const known = this.kept.get(key);
    if (known !== undefined && known.until > this.clock.now()) return (await known.value) as Outcome;
    this.kept.delete(key);
    if (this.kept.size >= mostKept) this.kept.delete(this.kept.keys().next().value!);
    const asked = { until: this.clock.now() + keptMs, value: read() };
    this.kept.set(key, asked);
    const forget = () => void (this.kept.get(key) === asked && this.kept.delete(key));
    const outcome = await asked.value.catch((error: unknown) => (forget(), Promise.reject(error as Error)));
    if (outcome.kind !== 'found') forget();
    return outcome;
  }
}
