import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeJob {
  jobID: string;
  processID: string;
  title: string;
  status: string;
  created: number;
  /** When the job is over (ms since the epoch), unless something is set by hand. */
  endsAt: number;
  inputs: Record<string, unknown>;
  message?: string;
  /** Overrides the status that time would give. */
  says?: string;
  unlisted?: boolean;
}

/** What happens to a request instead of the usual answer. `effect` says whether it is carried out all the same. */
export interface Fault {
  /** Which requests, e.g. `/^POST /`; matched against "METHOD /path?query". */
  match: RegExp;
  /** How many times; absent: until removed. */
  times?: number;
  /** Answer instead, or nothing at all: `drop` breaks the connection, `hang` never answers. */
  answer: { status: number; headers?: Record<string, string>; body?: string } | 'drop' | 'hang';
  /** Carried out before the answer, or so many ms after it; absent: never. */
  effect?: 'now' | { afterMs: number };
}

/** Deviations that real servers have; see `FakeOgc.style`. */
export interface Style {
  /** Body of a 201: pygeoapi 0.21 sends `null`. */
  createBody: 'jobID' | 'id' | 'null';
  /** Runs everything at once and answers 200. */
  sync: boolean;
  resultsForm: 'map' | 'outputs';
  pageSize: number;
  /** How far the server's clock is ahead, in ms. */
  clockAheadMs: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/**
 * A platform that speaks plain OGC API - Processes on 127.0.0.1, in the test's own process, with faults on demand and
 * counters of what really happened. Every process name exists. Inputs that steer a job: `title`, `seconds` (how long it
 * runs), `fail` (message it fails with).
 */
export class FakeOgc {
  readonly jobs = new Map<string, FakeJob>();
  readonly faults: Fault[] = [];
  /** Starts per title, and requests by "METHOD /first-segment". */
  readonly starts = new Map<string, number>();
  readonly requests = new Map<string, number>();
  readonly preferences: (string | undefined)[] = [];
  /** What requests were authorized with. */
  readonly authorizations: (string | undefined)[] = [];
  maxRunning = 0;
  latencyMs = 0;
  style: Style = { createBody: 'jobID', sync: false, resultsForm: 'map', pageSize: 10, clockAheadMs: 0 };
  private server: Server | undefined;
  private port = 0;
  private count = 0;
  private readonly timers = new Set<NodeJS.Timeout>();

  get url(): string {
    return `http://127.0.0.1:${this.port}/ogc`;
  }

  /** Opens at the same port as before, if there was one. */
  async open(port = this.port): Promise<this> {
    const server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** From now on connections are refused; open ones are broken. Jobs go on. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** Ends the server and what it still meant to do. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    await this.close();
  }

  /** Adds a fault; the function returned removes it. */
  fault(fault: Fault): () => void {
    this.faults.push(fault);
    return () => void this.faults.splice(this.faults.indexOf(fault) >>> 0, 1);
  }

  get running(): number {
    return [...this.jobs.values()].filter((job) => !['successful', 'failed', 'dismissed'].includes(this.statusOf(job))).length;
  }

  startsOf(title: string): number {
    return this.starts.get(title) ?? 0;
  }

  /** Jobs of a title, oldest first. */
  titled(title: string): FakeJob[] {
    return [...this.jobs.values()].filter((job) => job.title === title);
  }

  /** A job that somebody else, or an earlier run, left there. */
  add(job: Partial<FakeJob> & { processID: string }): FakeJob {
    const jobID = job.jobID ?? `job-${(this.count += 1)}`;
    const added = { jobID, title: '', status: 'accepted', created: Date.now(), endsAt: Date.now(), inputs: {}, ...job };
    this.jobs.set(jobID, added);
    return added;
  }

  statusOf(job: FakeJob): string {
    if (job.says !== undefined) return job.says;
    if (Date.now() < job.endsAt) return job.status;
    return job.inputs['fail'] === undefined ? 'successful' : 'failed';
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request.on('error', () => {})) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = 'GET', url = '/' } = request;
    const path = url.startsWith('/ogc') ? url.slice(4) : url;
    const counter = `${method} /${path.split(/[/?]/)[1]}`;
    this.requests.set(counter, (this.requests.get(counter) ?? 0) + 1);
    if (counter === 'POST /processes') this.preferences.push(request.headers.prefer as string | undefined);
    this.authorizations.push(request.headers.authorization);
    if (this.latencyMs > 0) await wait(this.latencyMs);
    const fault = this.faults.find((one) => one.match.test(`${method} ${path}`));
    const asks = request.headers.prefer as string | undefined;
    if (fault === undefined) return this.answer(request, response, await this.late(this.handle(method, path, body, asks)));
    if (fault.times !== undefined && (fault.times -= 1) <= 0) this.faults.splice(this.faults.indexOf(fault), 1);
    if (fault.effect === 'now') this.handle(method, path, body, asks);
    else if (fault.effect) {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        this.handle(method, path, body, asks);
      }, fault.effect.afterMs);
      this.timers.add(timer);
    }
    if (fault.answer === 'drop') request.socket.destroy();
    else if (fault.answer !== 'hang')
      this.answer(request, response, {
        status: fault.answer.status,
        text: fault.answer.body ?? '',
        ...(fault.answer.headers ? { headers: fault.answer.headers } : {}),
      });
  }

  /** Something that runs while its caller waits is answered when it is over. */
  private async late(reply: FakeReply): Promise<FakeReply> {
    if (reply.afterMs !== undefined) await wait(reply.afterMs);
    return reply;
  }

  private answer(request: IncomingMessage, response: ServerResponse, reply: FakeReply): void {
    if (request.socket.destroyed) return;
    const text = reply.text ?? JSON.stringify(reply.json);
    response.writeHead(reply.status, {
      date: new Date(Date.now() + this.style.clockAheadMs).toUTCString(),
      'content-type': reply.text === undefined ? 'application/json' : 'text/html',
      ...reply.headers,
    });
    response.end(reply.status === 204 ? undefined : text);
  }

  private handle(method: string, path: string, body: string, prefer?: string): FakeReply {
    const { pathname, searchParams } = new URL(path, this.url);
    const [, area, encoded = '', below] = pathname.split('/');
    const name = decodeURIComponent(encoded);
    if (method === 'POST' && area === 'processes' && below === 'execution')
      return this.execute(name, JSON.parse(body) as { inputs?: Record<string, unknown> }, prefer);
    if (method === 'GET' && area === 'processes' && encoded === '')
      return { status: 200, json: { processes: [{ id: 'anything', version: '1.0.0' }], links: [] } };
    if (method === 'GET' && area === 'processes')
      return { status: 200, json: { id: name, version: '1.0.0', title: `The ${name} process` } };
    if (method === 'GET' && area === 'jobs' && encoded === '') return this.list(Number(searchParams.get('offset') ?? 0));
    const job = this.jobs.get(name);
    if (area !== 'jobs' || job === undefined) return problem(404, 'NoSuchJob', name);
    if (method === 'DELETE') {
      this.jobs.delete(name);
      return { status: 200, text: JSON.stringify({ jobID: name, status: 'dismissed' }) };
    }
    return below === 'results' ? this.results(job) : { status: 200, json: this.document(job) };
  }

  private execute(processID: string, { inputs = {} }: { inputs?: Record<string, unknown> }, prefer: string | undefined): FakeReply {
    const title = String(inputs['title'] ?? '');
    const seconds = this.style.sync ? 0 : Number(inputs['seconds'] ?? 0);
    const job = this.add({ processID, title, inputs, endsAt: Date.now() + seconds * 1000 });
    this.starts.set(title, this.startsOf(title) + 1);
    this.maxRunning = Math.max(this.maxRunning, this.running);
    const headers = { location: `http://elsewhere.invalid/jobs/${encodeURIComponent(job.jobID)}` };
    if (this.style.sync) return { status: 200, headers, json: this.outputs(job) };
    // Both modes are offered: without `respond-async` the answer is the result (OGC API - Processes - Part 1, table 12).
    if (prefer === undefined) {
      const afterMs = seconds * 1000;
      const failure = inputs['fail'];
      if (failure !== undefined) return { ...problem(400, 'InvalidParameterValue', String(failure)), afterMs };
      return { status: 200, headers, json: this.outputs(job), afterMs };
    }
    const { createBody } = this.style;
    return { status: 201, headers, json: createBody === 'null' ? null : { [createBody]: job.jobID, type: 'process', status: 'accepted' } };
  }

  /** Oldest pages first, newest first inside a page, no filters: as pygeoapi does. */
  private list(offset: number): FakeReply {
    const { pageSize } = this.style;
    const listed = [...this.jobs.values()].filter((job) => !job.unlisted);
    const links = offset + pageSize < listed.length ? [{ rel: 'next', href: `${this.url}/jobs?offset=${offset + pageSize}` }] : [];
    return {
      status: 200,
      json: {
        jobs: listed
          .slice(offset, offset + pageSize)
          .toReversed()
          .map((job) => this.document(job)),
        links,
      },
    };
  }

  private document(job: FakeJob) {
    const status = this.statusOf(job);
    const message = job.message ?? (status === 'failed' ? job.inputs['fail'] : undefined);
    return {
      ...{ jobID: job.jobID, processID: job.processID, type: 'process', status, progress: status === 'successful' ? 100 : 5 },
      ...{ created: new Date(job.created + this.style.clockAheadMs).toISOString(), message },
    };
  }

  private results(job: FakeJob): FakeReply {
    const status = this.statusOf(job);
    if (status === 'failed') return problem(400, 'InvalidParameterValue', 'job failed');
    if (status !== 'successful') return problem(404, 'ResultNotReady', 'job accepted but not yet running');
    return { status: 200, json: this.style.resultsForm === 'outputs' ? { outputs: [this.outputs(job)] } : this.outputs(job) };
  }

  private outputs(job: FakeJob): object {
    return {
      image: { href: `${this.url}/files/${job.jobID}.tif`, type: 'image/tiff; application=geotiff' },
      inputs: { value: job.inputs },
    };
  }
}

interface FakeReply {
  status: number;
  /** Sent so much later. */
  afterMs?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
}

/** pygeoapi's form: the type is the code again, no URI. */
const problem = (status: number, code: string, description: string): FakeReply => ({ status, json: { code, type: code, description } });
