import type { Clock } from '../../shared/time/clock.ts';
import type { Platform, PlatformTimes } from '../model.ts';
import type {
  AssetOutcome,
  Authorization,
  CallOutcome,
  Executed,
  JobPage,
  PlatformClient,
  PlatformNews,
  ProcessSummary,
  ReadOutcome,
  Search,
  Submission,
} from '../ports.ts';
import { Authorized } from '../authorized.ts';
import { openAsset } from '../download.ts';
import { httpClient, type Answer, type Bounds, type Exchange, type HttpClient, type Method } from '../http-client.ts';
import { json, pathBelow, segment } from '../replies/model.ts';
import { answerOf, anyAnswer, largestAnswer, notAnswered, notDone, problemText, tooLarge } from '../rules/answers.ts';
import { Link, ProcessDocument, ProcessList, StatusInfo } from './model.ts';
import { summaryOf } from './rules/inputs.ts';
import { created, isJob, news } from './rules/jobs.ts';
import { outputs } from './rules/results.ts';
import { candidates, clockOffset, listed, listPage } from './rules/search.ts';

/** Jobs asked for per page, and pages read at most: a longer list cannot be searched soundly within a submitter's time. */
const pageSize = 1000;
const maxPages = 20;
/** Jobs asked for per page of a list that is read for news. */
const newsPageSize = 100;
/** Processes asked for per page, and read in all: who offers more is listed as far as this. */
const processPage = 500;
const maxProcesses = 2000;

type Found<Value> = ReadOutcome<Value>;
const unavailable = (message: string): { kind: 'unavailable'; message: string } => ({ kind: 'unavailable', message });
const missing = { kind: 'missing' } as const;

/**
 * Platforms that speak OGC API - Processes - Part 1 (1.0; the draft of 2.0 where it differs). Creating runs the job, and
 * nothing of ours can be written on it, so a lost answer is resolved by set difference only.
 */
export class OgcProcessesClient implements PlatformClient {
  readonly twoPhase = false;
  readonly searchable = false;
  private readonly http: HttpClient;
  private readonly authorized: Authorized;
  private readonly loggedIn: boolean;
  private readonly platform: Pick<Platform, 'baseUrl' | 'resultHosts'>;
  private readonly times: PlatformTimes;
  private readonly clock: Clock;

  constructor(platform: Pick<Platform, 'baseUrl' | 'resultHosts'>, times: PlatformTimes, clock: Clock, authorization?: Authorization) {
    this.loggedIn = authorization !== undefined;
    this.authorized = new Authorized(authorization ?? (async () => undefined), ({ status }) => status === 401);
    this.http = httpClient(platform.baseUrl, times, clock);
    this.platform = platform;
    this.times = times;
    this.clock = clock;
  }

  /**
   * Exactly `respond-async`: pygeoapi compares the header as a whole and runs anything else synchronously. Neither
   * `response` nor `outputs` is sent: in a `document` pygeoapi fails every process whose output is binary, and what a
   * server answers by default is understood in each of its forms.
   */
  async create(submission: Submission): Promise<CallOutcome<{ platformJobId: string; news?: PlatformNews }>> {
    const process = segment(submission.process);
    if (process === undefined) return { kind: 'refused', message: 'There is no such process.' };
    const path = `/processes/${process}/execution`;
    const answer = await this.send('POST', path, { body: { inputs: submission.inputs }, headers: { prefer: 'respond-async' } });
    if (answer.kind !== 'answer') return notAnswered(answer);
    return isOk(answer) ? created(answer) : this.refusal(answer);
  }

  /** Without `Prefer` a server answers at once where it can (Part 1, 7.11.2.3); one that makes a job all the same is told by its answer. */
  async execute(submission: Submission, signal: AbortSignal): Promise<CallOutcome<Executed>> {
    const process = segment(submission.process);
    if (process === undefined) return { kind: 'refused', message: 'There is no such process.' };
    const path = `/processes/${process}/execution`;
    const answer = await this.send('POST', path, {
      body: { inputs: submission.inputs },
      headers: { accept: anyAnswer },
      bounds: { maxBytes: largestAnswer, signal },
    });
    if (answer.kind !== 'answer') return notAnswered(answer);
    if (!isOk(answer)) return this.refusal(answer);
    if (answer.cut) return tooLarge;
    const made = created(answer);
    if (isJob(answer)) return made.kind === 'done' ? { kind: 'done', platformJobId: made.platformJobId } : made;
    return {
      kind: 'done',
      answer: answerOf(answer),
      // What is told by reference to the answer itself cannot be fetched again.
      outputs: (outputs(answer) ?? []).filter((output) => !('href' in output) || output.href !== answer.url),
      ...(made.kind === 'done' ? { platformJobId: made.platformJobId } : {}),
    };
  }

  async start(): Promise<CallOutcome<object>> {
    return { kind: 'refused', message: 'A job of this platform runs from its creation.' };
  }

  async status(platformJobId: string): Promise<Found<PlatformNews>> {
    return this.readJob('GET', platformJobId, '', (answer) => {
      const info = StatusInfo.safeParse(json(answer.text)).data;
      return info && news(info, platformJobId);
    });
  }

  /** Every page is read, since pygeoapi ignores filters and lists the newest jobs last. */
  async find(search: Search): Promise<Found<PlatformNews[]>> {
    const jobs: StatusInfo[] = [];
    const seen = new Set<string>();
    let offset: number | undefined;
    let path: string | undefined = `/jobs?limit=${pageSize}&processID=${encodeURIComponent(search.process)}`;
    while (path !== undefined) {
      if (seen.has(path) || seen.size >= maxPages) return unavailable('The job list of the platform does not end.');
      seen.add(path);
      const answer: Exchange = await this.send('GET', path);
      if (answer.kind !== 'answer') return unavailable(answer.message);
      if (!isOk(answer)) return answer.status === 404 ? missing : unavailable(problemText(answer));
      const page = answer.cut ? undefined : listPage(answer, answer.url, this.platform.baseUrl);
      if (page === undefined) return unavailable('The job list of the platform cannot be read.');
      offset ??= clockOffset(answer, answer.sentAt, answer.receivedAt);
      jobs.push(...page.jobs);
      path = page.next;
    }
    return candidates(jobs, search, offset ?? 0);
  }

  async list(next = `/jobs?limit=${newsPageSize}`): Promise<Found<JobPage>> {
    return this.read('GET', next, (answer) => (answer.cut ? undefined : listed(answer, answer.url, this.platform.baseUrl)));
  }

  async cancel(platformJobId: string): Promise<Found<object>> {
    return this.readJob('DELETE', platformJobId, '', () => ({}));
  }

  /** A job that is not ready, or has failed (pygeoapi: 400), is `unavailable`; why it failed stands in its status. */
  async results(platformJobId: string): Promise<Found<{ outputs: NonNullable<ReturnType<typeof outputs>> }>> {
    return this.readJob('GET', platformJobId, '/results', (answer) => {
      const read = outputs(answer);
      return read && { outputs: read };
    });
  }

  openAsset(href: string): Promise<AssetOutcome> {
    return openAsset(this.platform, href, () => this.authorized.header(), this.times);
  }

  async describe(process: string): Promise<Found<ProcessSummary>> {
    const name = segment(process);
    if (name === undefined) return missing;
    return this.read('GET', `/processes/${name}`, (answer) => {
      const described = ProcessDocument.safeParse(json(answer.text)).data;
      return described && summaryOf(described);
    });
  }

  async listProcesses(): Promise<Found<ProcessSummary[]>> {
    const found: ProcessSummary[] = [];
    let path: string | undefined = `/processes?limit=${processPage}`;
    for (const seen = new Set<string>(); path !== undefined && !seen.has(path) && found.length < maxProcesses;) {
      seen.add(path);
      const page: Found<{ all: ProcessSummary[]; next: string | undefined }> = await this.read('GET', path, (answer) => {
        const list = ProcessList.safeParse(json(answer.text)).data;
        const next = list?.links?.map((link) => Link.safeParse(link).data).find((link) => link?.rel === 'next');
        return list && { all: list.processes.map(summaryOf), next: next && pathBelow(next.href, answer.url, this.platform.baseUrl) };
      });
      if (page.kind !== 'found') return page;
      found.push(...page.value.all);
      path = page.value.next;
    }
    return { kind: 'found', value: found.slice(0, maxProcesses) };
  }

  private send(
    method: Method,
    path: string,
    more: { body?: unknown; headers?: Record<string, string>; bounds?: Bounds } = {},
  ): Promise<Exchange> {
    return this.authorized.send(this.http, { method, path, ...more });
  }

  /** A token that is refused is not the job's fault: the next request gets another. */
  private refusal(answer: Answer) {
    return answer.status === 401 && this.loggedIn ? unavailable(problemText(answer)) : notDone(answer, this.clock.now());
  }

  private async readJob<Value>(
    method: Method,
    id: string,
    below: '' | '/results',
    parse: (answer: Answer) => Value | undefined,
  ): Promise<Found<Value>> {
    const job = segment(id);
    return job === undefined ? missing : this.read(method, `/jobs/${job}${below}`, parse);
  }

  private async read<Value>(method: Method, path: string, parse: (answer: Answer) => Value | undefined): Promise<Found<Value>> {
    const answer = await this.send(method, path);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    if (!isOk(answer)) return isGone(answer) ? missing : unavailable(problemText(answer));
    const value = parse(answer);
    return value === undefined ? unavailable("The platform's answer cannot be read.") : { kind: 'found', value };
  }
}

const isOk = (answer: Answer): boolean => answer.status >= 200 && answer.status < 300;

/** 404 also says "no results yet" (`ResultNotReady`, or the exception URI that ends in `result-not-ready`). */
const isGone = (answer: Answer): boolean => answer.status === 410 || (answer.status === 404 && !/result-?not-?ready/i.test(answer.text));
