import type { Clock } from '../../shared/time/clock.ts';
import type { Answer, Exchange } from '../http-client.ts';
import type { Platform, PlatformTimes } from '../model.ts';
import type {
  Authorization,
  AssetOutcome,
  CallOutcome,
  Estimate as PlatformEstimate,
  Executed,
  JobPage,
  PlatformClient,
  PlatformLogEntry,
  PlatformNews,
  PlatformResults,
  ProcessSummary,
  ReadOutcome,
  Search,
  Submission,
} from '../ports.ts';
import { json, segment } from '../replies/model.ts';
import { Authorized } from '../authorized.ts';
import { openAsset } from '../download.ts';
import { answerOf, largestAnswer, notAnswered, notDone, problemText, tooLarge } from '../rules/answers.ts';
import { AnyList, Capabilities, Estimate, JobDocument, JobList, linked, Logs, ResultDocument, type LogEntry } from './model.ts';
import { Processes, type Packaged } from './processes.ts';
import { isOk, missing, Requests, unavailable, unreadable } from './requests.ts';
import type { ApiRoot } from './root.ts';
import { codeOf, inOpenEo, isOutdated, isTokenRefused, startedAlready } from './rules/answers.ts';
import { summaryOf } from './rules/describe.ts';
import { jobBody } from './rules/graph.ts';
import { createdId, errorTail, listed, news, tagged } from './rules/jobs.ts';
import { isPartial, outputs } from './rules/results.ts';

/** Jobs asked for per page, and pages read at most: a longer list cannot be searched within a submitter's time. */
const pageSize = 1000;
const maxPages = 50;
/** Jobs asked for per page of a list that is read for news. */
const newsPageSize = 100;
/** Pages of a failed job's log that are read for its reason. */
const maxLogPages = 5;

type Served = Pick<Platform, 'baseUrl' | 'processHosts' | 'resultHosts'>;

/**
 * Platforms that speak openEO (API 1.x). Two-phase: a job is created, then started, and the tag at the end of its title
 * finds it again. Made once per platform and process: it keeps what it found out about the platform.
 */
export class OpenEoClient implements PlatformClient {
  readonly twoPhase = true;
  readonly searchable = true;
  private readonly api: Requests;
  private readonly authorized: Authorized;
  private readonly clock: Clock;
  private readonly processes: Processes;
  private readonly platform: Served;
  private readonly times: PlatformTimes;

  constructor(platform: Served, root: ApiRoot, authorization: Authorization, times: PlatformTimes, clock: Clock, packaged: Packaged) {
    this.authorized = new Authorized(authorization, isTokenRefused);
    this.api = new Requests(root, this.authorized);
    this.clock = clock;
    this.platform = platform;
    this.times = times;
    this.processes = new Processes(platform.processHosts, times, clock, (path) => this.api.ask('GET', path), packaged);
  }

  async create(submission: Submission): Promise<CallOutcome<{ platformJobId: string }>> {
    const process = await this.processes.read(submission.process);
    if (process.kind === 'missing') return { kind: 'refused', message: 'There is no such process.' };
    if (process.kind !== 'found') return process;
    const answer = await this.api.ask('POST', '/jobs', jobBody(process.value, submission));
    const refusal = this.notDone(answer);
    if (refusal !== undefined) return refusal;
    const platformJobId = createdId(answer as Answer);
    return platformJobId === undefined ? { kind: 'lost', message: "The platform's answer names no job." } : { kind: 'done', platformJobId };
  }

  async execute(submission: Submission, signal: AbortSignal): Promise<CallOutcome<Executed>> {
    const process = await this.processes.read(submission.process);
    if (process.kind === 'missing') return { kind: 'refused', message: 'There is no such process.' };
    if (process.kind !== 'found') return process;
    const { process: graph } = jobBody(process.value, submission);
    const answer = await this.api.ask('POST', '/result', { process: graph }, { maxBytes: largestAnswer, signal });
    const refusal = this.notDone(answer);
    if (refusal !== undefined) return refusal;
    const result = answer as Answer;
    return result.cut ? tooLarge : { kind: 'done', answer: answerOf(result), outputs: [] };
  }

  async start(platformJobId: string): Promise<CallOutcome<object>> {
    const job = segment(platformJobId);
    if (job === undefined) return { kind: 'refused', message: 'There is no such job.' };
    const answer = await this.api.ask('POST', `/jobs/${job}/results`);
    if (answer.kind === 'answer' && startedAlready(answer)) return { kind: 'done' };
    return this.notDone(answer) ?? { kind: 'done' };
  }

  /** A job that failed is read once more: why it did stands in its log only. */
  async status(platformJobId: string): Promise<ReadOutcome<PlatformNews>> {
    const read = await this.bare(platformJobId);
    if (read.kind !== 'found' || read.value.phase !== 'failed') return read;
    const message = await this.reason(platformJobId);
    return {
      kind: 'found',
      value: { ...read.value, message: message ?? 'The job failed on the platform, and its log does not tell why.' },
    };
  }

  /** Exact, by the tag, so every page is read: a list that is not complete must not mean "there is none". */
  async find(search: Search): Promise<ReadOutcome<PlatformNews[]>> {
    const jobs: JobDocument[] = [];
    const read = await this.api.pages(`/jobs?limit=${pageSize}`, maxPages, (answer) => {
      const page = JobList.safeParse(json(answer.text)).data;
      if (page === undefined || (page['federation:missing'] ?? []).length > 0) return undefined;
      jobs.push(...page.jobs);
      return page.links ?? [];
    });
    if (read === 'complete') return { kind: 'found', value: tagged(jobs, search.tag) };
    return unavailable(read === 'too long' ? 'The job list of the platform does not end.' : read.message);
  }

  async list(next = `/jobs?limit=${newsPageSize}`): Promise<ReadOutcome<JobPage>> {
    let jobs: JobPage['jobs'] = [];
    const page = await this.api.page(next, (answer) => {
      const list = AnyList.safeParse(json(answer.text)).data;
      if (list === undefined) return undefined;
      jobs = listed(list.jobs);
      return list.links ?? [];
    });
    if (page.kind === 'unavailable') return page;
    return { kind: 'found', value: { jobs, ...(page.next === undefined ? {} : { next: page.next }) } };
  }

  /**
   * Stops what is queued or running, and deletes what is only created: also what goes back to `created` by being
   * stopped before it had results. A job that is over stays as it is.
   */
  async cancel(platformJobId: string): Promise<ReadOutcome<object>> {
    const before = await this.bare(platformJobId);
    if (before.kind !== 'found') return before;
    const { phase } = before.value;
    if (phase === 'created') return this.api.read('DELETE', platformJobId, '', () => ({}));
    if (phase === 'successful' || phase === 'failed' || phase === 'dismissed') return { kind: 'found', value: {} };
    const stopped = await this.api.read('DELETE', platformJobId, '/results', () => ({}));
    if (stopped.kind !== 'found') return stopped;
    const after = await this.bare(platformJobId);
    return after.kind === 'found' && after.value.phase === 'created' ? this.api.read('DELETE', platformJobId, '', () => ({})) : stopped;
  }

  /** Links are signed for a while. A part of the results is none; a failed job has none (424). */
  async results(platformJobId: string): Promise<ReadOutcome<PlatformResults>> {
    const read = await this.api.read('GET', platformJobId, '/results', (answer) => {
      const document = ResultDocument.safeParse(json(answer.text)).data;
      return document && { partial: isPartial(document), outputs: outputs(document, answer.url) };
    });
    if (read.kind !== 'found') return read;
    return read.value.partial
      ? unavailable('The platform has only a part of the results.')
      : { kind: 'found', value: { outputs: read.value.outputs } };
  }

  /** openEO 1.3, `GET /jobs/{id}/results?partial=true`: a back-end without parts answers as if it had not been asked for one. */
  async partialResults(platformJobId: string): Promise<ReadOutcome<PlatformResults>> {
    const job = segment(platformJobId);
    if (job === undefined) return missing;
    const answer = await this.api.ask('GET', `/jobs/${job}/results?partial=true`);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    if (!isOk(answer))
      return answer.status < 500 && answer.status !== 429 && !isOutdated(answer) ? missing : unavailable(problemText(answer));
    const document = ResultDocument.safeParse(json(answer.text)).data;
    return document === undefined ? unavailable(unreadable) : { kind: 'found', value: { outputs: outputs(document, answer.url) } };
  }

  /** `offset` is the id of the last entry seen: entries without one end the log, since nobody can go on after them. */
  async logs(platformJobId: string, { limit, after }: { limit: number; after?: string }) {
    const job = segment(platformJobId);
    if (job === undefined) return missing;
    const query = new URLSearchParams({ limit: String(limit), ...(after === undefined ? {} : { offset: after }) });
    const answer = await this.api.ask('GET', `/jobs/${job}/logs?${query}`);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    if (!isOk(answer)) return answer.status === 404 || answer.status === 410 ? missing : unavailable(problemText(answer));
    const page = Logs.safeParse(json(answer.text)).data;
    if (page === undefined) return unavailable(unreadable);
    const entries = page.logs
      .slice(0, limit)
      .flatMap(({ id, level, message, time }): PlatformLogEntry[] =>
        id === undefined || id === ''
          ? []
          : [{ id, message: message ?? '', ...(level === undefined ? {} : { level }), ...(time === undefined ? {} : { time }) }],
      );
    const more = page.logs.length > limit || linked(page.links, 'next') !== undefined;
    return { kind: 'found' as const, value: { entries, more: more && entries.length > 0 } };
  }

  /** Back-ends answer 404, 501 or `EstimateComplexity` where they have none. Costs are in the currency of their capabilities. */
  async estimate(platformJobId: string): Promise<ReadOutcome<PlatformEstimate>> {
    const job = segment(platformJobId);
    if (job === undefined) return missing;
    const answer = await this.api.ask('GET', `/jobs/${job}/estimate`);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    const hasNone = answer.status === 501 || codeOf(answer) === 'EstimateComplexity';
    if (hasNone || ((answer.status === 404 || answer.status === 405) && !isOutdated(answer))) return missing;
    if (!isOk(answer)) return unavailable(problemText(answer));
    const read = Estimate.safeParse(json(answer.text)).data;
    if (read === undefined) return unavailable(unreadable);
    const { costs, duration, size, expires } = read;
    if (costs === undefined && duration === undefined && size === undefined) return missing;
    const currency = costs === undefined ? undefined : await this.currency();
    const value = { costs, currency, duration, size, expires };
    return { kind: 'found', value: Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) };
  }

  private async currency(): Promise<string | undefined> {
    const answer = await this.api.ask('GET', '/');
    return answer.kind === 'answer' ? Capabilities.safeParse(json(answer.text)).data?.billing?.currency : undefined;
  }

  /** Links are signed as a rule; some back-ends want the token beside, on their own host. */
  openAsset(href: string): Promise<AssetOutcome> {
    return openAsset(this.platform, href, () => this.authorized.header(), this.times);
  }

  async describe(process: string): Promise<ReadOutcome<ProcessSummary>> {
    const read = await this.processes.read(process);
    if (read.kind === 'refused') return missing;
    return read.kind === 'found' ? { kind: 'found', value: summaryOf(read.value.document) } : read;
  }

  /** What a back-end lists are the building blocks of processes: none of them is a service on its own. */
  async listProcesses(): Promise<ReadOutcome<ProcessSummary[]>> {
    return { kind: 'found', value: [] };
  }

  private bare(platformJobId: string): Promise<ReadOutcome<PlatformNews>> {
    return this.api.read('GET', platformJobId, '', (answer) => {
      const job = JobDocument.safeParse(json(answer.text)).data;
      return job && news(job, platformJobId);
    });
  }

  private async reason(platformJobId: string): Promise<string | undefined> {
    const entries: LogEntry[] = [];
    await this.api.pages(`/jobs/${encodeURIComponent(platformJobId)}/logs?level=error`, maxLogPages, (answer) => {
      const page = Logs.safeParse(json(answer.text)).data;
      if (page === undefined) return undefined;
      entries.push(...page.logs);
      return page.links ?? [];
    });
    return errorTail(entries);
  }

  /** What became of a call that must not be repeated blindly; undefined if it was done. */
  private notDone(answer: Exchange): Exclude<CallOutcome<object>, { kind: 'done' }> | undefined {
    if (answer.kind !== 'answer') return notAnswered(answer);
    return isOk(answer) ? undefined : inOpenEo(notDone(answer, this.clock.now()), answer);
  }
}
