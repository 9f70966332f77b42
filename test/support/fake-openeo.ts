import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './fake-ogc.ts';

interface GraphNode {
  process_id: string;
  namespace?: string;
  arguments: Record<string, unknown>;
  result?: boolean;
}

interface JobBody {
  title?: string;
  process?: { process_graph?: Record<string, GraphNode> };
  job_options?: unknown;
}

export interface FakeJob {
  id: string;
  body: JobBody;
  created: number;
  /** `created` or `canceled`; a job that was started has the status that time gives. */
  rests: 'created' | 'canceled' | undefined;
  startedAt: number;
  /** How often it was set running. */
  runs: number;
  /** Overrides the status. */
  says?: string;
  logs: { id: string; level: string; message: string }[];
  /** Whose it is, where users are told apart. */
  user?: string;
}

/** What the back-end is like; `vito` sets the deviations that are seen at VITO's back-ends, all at once. */
export interface Style {
  /** A start of a queued or running job runs it twice; failed results are 400; logs are not filtered; newest jobs first. */
  vito: boolean;
  latencyMs: number;
  /** Requests in flight at once; more are answered 429. */
  parallel: number;
  /** More starts within a minute are answered 429. */
  startsPerMinute: number;
  /** More unfinished jobs are answered 400 `ConcurrentJobLimit` at start. */
  runningLimit: number;
  /** How long a started job is `queued`. */
  queuedMs: number;
  pageSize: number;
  apiVersion: string;
  /** Basic login is demanded. */
  account: { username: string; password: string } | undefined;
  /** A running job that is stopped has partial results, so it is `canceled` and not `created` again. */
  partialResults: boolean;
  /** What it reckons that each job takes; undefined: it does not. */
  estimate: object | undefined;
  /** What links to files of results are signed with; those signed with another have ended. */
  signature: string;
}

interface FakeReply {
  status: number;
  /** Sent so much later. */
  afterMs?: number;
  bytes?: Buffer;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
const refusal = (status: number, code: string, message: string, headers: Record<string, string> = {}): FakeReply => ({
  status,
  headers,
  json: { id: 'r-1', code, message },
});
const count = (counter: Map<string, number>, key: string): void => void counter.set(key, (counter.get(key) ?? 0) + 1);
const root = '/openeo/1.2';

/** A user-defined process without `save_result`, with a parameter for each way to say where. */
export const echoUdp = {
  id: 'echo',
  summary: 'Echo',
  description: 'Says what it hears.',
  parameters: [
    { name: 'seconds', description: 'How long the job runs', schema: { type: 'number' }, optional: true, default: 0 },
    { name: 'fail', description: 'Message the job fails with', schema: { type: 'string' }, optional: true },
    { name: 'bbox', schema: [{ type: 'object', subtype: 'bounding-box' }, { type: 'null' }], optional: true, default: null },
    { name: 'area', schema: { type: 'object', subtype: 'geojson' }, optional: true },
    { name: 'bytes', description: 'Size of a synchronous answer', schema: { type: 'integer' }, optional: true },
  ],
  process_graph: { load: { process_id: 'load_collection', arguments: { id: 'SENTINEL2_L2A' }, result: true } },
};

/** What is in a file of a job's results. */
export const fileOf = (job: string, name: string): string => `${name} of ${job} `.repeat(1000);

/**
 * A back-end that speaks openEO 1.2 on 127.0.0.1, with faults on demand and counters of what really happened. Every
 * process runs; arguments of the graph's first node steer a job: `seconds` (how long it runs), `fail` (why it fails; empty when it does not).
 */
export class FakeOpenEo {
  readonly jobs = new Map<string, FakeJob>();
  readonly faults: Fault[] = [];
  /** By the tag at the end of the title (else the title). `starts` counts runs: what must never be 2. */
  readonly creates = new Map<string, number>();
  readonly starts = new Map<string, number>();
  /** By "METHOD /path". */
  readonly requests = new Map<string, number>();
  private readonly authorizations: { request: string; value: string | undefined }[] = [];
  /** Process descriptions served at `/udp/<name>.json`, and those stored with the account. */
  readonly udps = new Map<string, unknown>([['echo', echoUdp]]);
  readonly stored = new Map<string, unknown>();
  versions: { url: string; api_version: string; production?: boolean }[] | undefined;
  maxRunning = 0;
  tokens = 0;
  style: Style = {
    vito: false,
    latencyMs: 0,
    parallel: Number.POSITIVE_INFINITY,
    startsPerMinute: Number.POSITIVE_INFINITY,
    runningLimit: Number.POSITIVE_INFINITY,
    queuedMs: 0,
    pageSize: 10,
    apiVersion: '1.2.0',
    account: undefined,
    partialResults: false,
    estimate: undefined,
    signature: 'abc',
  };
  /** Only tokens of this issuer are taken, and each user sees her own jobs. */
  issuer: { userOf(token: string): string | undefined } | undefined;
  /** Users whose tokens are refused all the same. */
  readonly bans = new Set<string>();
  private server: Server | undefined;
  private port = 0;
  private ids = 0;
  private inFlight = 0;
  private startTimes: number[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly late: Promise<void>[] = [];

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get host(): string {
    return `127.0.0.1:${this.port}`;
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

  /** What faults carry out later has been carried out. */
  async settled(): Promise<void> {
    await Promise.all(this.late);
  }

  /** Adds a fault, matched against "METHOD /path?query" below the API root; the function returned removes it. */
  fault(fault: Fault): () => void {
    this.faults.push(fault);
    return () => void this.faults.splice(this.faults.indexOf(fault) >>> 0, 1);
  }

  /** What the requests "METHOD /path" were authorized with. */
  authorizationsOf(request: string): (string | undefined)[] {
    return this.authorizations.filter((one) => one.request === request).map(({ value }) => value);
  }

  /** A job that somebody else, or an earlier run, left there. */
  add(job: Partial<FakeJob> & { title?: string } = {}): FakeJob {
    const id = job.id ?? `job-${(this.ids += 1)}`;
    const body = job.body ?? { ...(job.title === undefined ? {} : { title: job.title }), process: { process_graph: {} } };
    const added: FakeJob = { created: Date.now(), rests: 'created', startedAt: 0, runs: 0, logs: [], ...job, id, body };
    this.jobs.set(id, added);
    return added;
  }

  get running(): number {
    return [...this.jobs.values()].filter((job) => ['queued', 'running'].includes(this.statusOf(job))).length;
  }

  statusOf(job: FakeJob): string {
    if (job.says !== undefined) return job.says;
    if (job.rests !== undefined) return job.rests;
    const age = Date.now() - job.startedAt;
    if (age < this.style.queuedMs) return 'queued';
    if (age < this.style.queuedMs + Number(this.steer(job)['seconds'] ?? 0) * 1000) return 'running';
    return this.steer(job)['fail'] ? 'error' : 'finished';
  }

  private steer = (job: FakeJob): Record<string, unknown> => Object.values(job.body.process?.process_graph ?? {})[0]?.arguments ?? {};
  private tagOf = (job: FakeJob): string => job.body.title?.match(/\[swath:[^\]]+\]$/)?.[0] ?? job.body.title ?? '';

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request.on('error', () => {})) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const { method = 'GET', url = '/' } = request;
      const path = url.startsWith(`${root}/`) ? url.slice(root.length) : url;
      const plain = `${method} ${path.split('?')[0]}`;
      count(this.requests, plain);
      this.authorizations.push({ request: plain, value: request.headers.authorization });
      const crowded = this.inFlight > this.style.parallel;
      if (this.style.latencyMs > 0) await wait(this.style.latencyMs);
      if (crowded) return this.answer(request, response, refusal(429, 'TooManyRequests', 'Too many requests.', { 'retry-after': '1' }));
      const handle = () => this.handle(method, url, path, body, request.headers.authorization);
      const fault = this.faults.find((one) => one.match.test(`${method} ${path}`));
      if (fault === undefined) {
        const reply = handle();
        if (reply.afterMs !== undefined) await wait(reply.afterMs);
        return this.answer(request, response, reply);
      }
      this.fail(fault, handle, request, response);
    } finally {
      this.inFlight -= 1;
    }
  }

  private fail(fault: Fault, handle: () => FakeReply, request: IncomingMessage, response: ServerResponse): void {
    if (fault.times !== undefined && (fault.times -= 1) <= 0) this.faults.splice(this.faults.indexOf(fault), 1);
    if (fault.effect === 'now') handle();
    else if (fault.effect) {
      const { afterMs } = fault.effect;
      const effect = new Promise<void>((resolve) => {
        const timer = setTimeout(() => (this.timers.delete(timer), handle(), resolve()), afterMs);
        this.timers.add(timer);
      });
      this.late.push(effect);
    }
    const { answer } = fault;
    if (answer === 'drop') request.socket.destroy();
    else if (answer !== 'hang')
      this.answer(request, response, { status: answer.status, text: answer.body ?? '', headers: answer.headers ?? {} });
  }

  private answer(request: IncomingMessage, response: ServerResponse, reply: FakeReply): void {
    if (request.socket.destroyed) return;
    const text = reply.text ?? (reply.json === undefined ? undefined : JSON.stringify(reply.json));
    if (reply.bytes !== undefined) return void response.writeHead(reply.status, reply.headers).end(reply.bytes);
    const type = text === undefined ? {} : { 'content-type': reply.text === undefined ? 'application/json' : 'text/html' };
    response.writeHead(reply.status, { ...type, ...reply.headers });
    response.end(reply.status === 204 ? undefined : text);
  }

  private handle(method: string, url: string, path: string, body: string, authorization: string | undefined): FakeReply {
    const { pathname, searchParams } = new URL(path, this.url);
    const [, area = '', encoded = '', below] = pathname.split('/');
    const name = decodeURIComponent(encoded);
    if (pathname === '/.well-known/openeo')
      return { status: 200, json: { versions: this.versions ?? [{ url: `${this.url}${root}/`, api_version: this.style.apiVersion }] } };
    if (area === 'udp') {
      const document = this.udps.get(name.replace(/\.json$/, ''));
      return document === undefined ? { status: 404, text: 'Not found' } : { status: 200, json: document };
    }
    if (area === 'files') return this.file(name, decodeURIComponent(below ?? ''), searchParams.get('signature'));
    if (!url.startsWith(`${root}/`)) return { status: 404, text: 'Not found' };
    if (pathname === '/')
      return {
        status: 200,
        json: { api_version: this.style.apiVersion, endpoints: [], conformsTo: [], links: [], billing: { currency: 'EUR' } },
      };
    if (pathname === '/credentials/basic') return this.login(authorization);
    if (pathname === '/processes')
      return { status: 200, json: { processes: [echoUdp, { id: 'load_collection' }, { id: 'save_result' }], links: [] } };
    const denied = this.denied(authorization);
    if (denied !== undefined) return denied;
    const user = this.userOf(authorization);
    if (area === 'result') return this.result(body);
    if (area === 'process_graphs') {
      const document = this.stored.get(name);
      return document === undefined ? refusal(404, 'ProcessGraphNotFound', name) : { status: 200, json: document };
    }
    if (area !== 'jobs') return refusal(404, 'NotFound', 'Resource not found.');
    if (encoded === '') return method === 'POST' ? this.create(body, user) : this.list(searchParams, user);
    const job = this.jobs.get(name);
    if (job === undefined || job.user !== user) return refusal(404, 'JobNotFound', `The batch job '${name}' does not exist.`);
    if (below === 'logs') return this.logs(job, searchParams);
    if (below === 'estimate') {
      const { estimate } = this.style;
      return estimate === undefined ? refusal(501, 'FeatureUnsupported', 'Not supported.') : { status: 200, json: estimate };
    }
    if (below === 'results') {
      if (method === 'POST') return this.start(job);
      return method === 'DELETE' ? this.halt(job) : this.results(job, searchParams.get('partial') === 'true');
    }
    if (method === 'DELETE') return (this.jobs.delete(name), { status: 204 });
    return { status: 200, json: { ...this.summary(job), process: job.body.process } };
  }

  private login(authorization: string | undefined): FakeReply {
    const { username, password } = this.style.account ?? { username: '', password: '' };
    if (authorization !== `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`)
      return refusal(403, 'CredentialsInvalid', 'Credentials are not correct.');
    return { status: 200, json: { access_token: `token-${(this.tokens += 1)}` } };
  }

  private userOf = (authorization: string | undefined): string | undefined =>
    this.issuer?.userOf(authorization?.replace(/^Bearer (?:oidc\/[^/]*\/)?/, '') ?? '');

  private denied(authorization: string | undefined): FakeReply | undefined {
    if (this.issuer !== undefined) {
      const user = this.userOf(authorization);
      const works = user !== undefined && !this.bans.has(user);
      // As some do, it repeats what it was sent.
      return works ? undefined : refusal(403, 'TokenInvalid', `The token is invalid: ${authorization}`);
    }
    if (this.style.account === undefined) return undefined;
    if (authorization === undefined) return refusal(401, 'AuthenticationRequired', 'Unauthorized.');
    return authorization === `Bearer basic//token-${this.tokens}` ? undefined : refusal(403, 'TokenInvalid', 'The token has expired.');
  }

  private create(text: string, user: string | undefined): FakeReply {
    const body = JSON.parse(text) as JobBody;
    const nodes = Object.values(body.process?.process_graph ?? {});
    if (nodes.filter((node) => node.result).length !== 1) return refusal(400, 'ProcessGraphInvalid', 'Not exactly one result node.');
    const job = this.add({ body, ...(user === undefined ? {} : { user }) });
    count(this.creates, this.tagOf(job));
    return { status: 201, headers: { 'openeo-identifier': job.id, location: `${this.url}${root}/jobs/${encodeURIComponent(job.id)}` } };
  }

  /** Runs the graph at once; `bytes` asks for a file of so many. */
  private result(text: string): FakeReply {
    const [node] = Object.values((JSON.parse(text) as JobBody).process?.process_graph ?? {});
    const { seconds = 0, fail, bytes } = node?.arguments ?? {};
    const afterMs = Number(seconds) * 1000;
    if (fail !== undefined) return { ...refusal(400, 'ProcessParameterInvalid', String(fail)), afterMs };
    if (bytes !== undefined)
      return {
        status: 200,
        headers: { 'content-type': 'image/tiff; application=geotiff' },
        bytes: Buffer.alloc(Number(bytes), 1),
        afterMs,
      };
    return { status: 200, json: { heard: node?.arguments }, afterMs };
  }

  private start(job: FakeJob): FakeReply {
    const active = ['queued', 'running'].includes(this.statusOf(job));
    if (active && !this.style.vito) return { status: 202 };
    const now = Date.now();
    this.startTimes = this.startTimes.filter((at) => now - at < 60_000);
    if (this.startTimes.length >= this.style.startsPerMinute) {
      const seconds = String(Math.ceil((60_000 - (now - this.startTimes[0]!)) / 1000));
      return refusal(429, 'TooManyRequests', 'Too many starts.', { 'retry-after': seconds });
    }
    if (!active && this.running >= this.style.runningLimit)
      return refusal(400, 'ConcurrentJobLimit', `At most ${this.style.runningLimit} jobs may run at once.`);
    this.startTimes.push(now);
    job.rests = undefined;
    job.startedAt = now;
    job.runs += 1;
    count(this.starts, this.tagOf(job));
    this.maxRunning = Math.max(this.maxRunning, this.running);
    return { status: 202 };
  }

  private halt(job: FakeJob): FakeReply {
    const status = this.statusOf(job);
    if (!['queued', 'running'].includes(status)) return { status: 204 };
    delete job.says;
    job.rests = this.style.vito || (status === 'running' && this.style.partialResults) ? 'canceled' : 'created';
    return { status: 204 };
  }

  private results(job: FakeJob, partial: boolean): FakeReply {
    const status = this.statusOf(job);
    if (partial && this.style.partialResults && ['running', 'error', 'canceled'].includes(status)) return this.part(job, status);
    if (status === 'error' && !this.style.vito) return { status: 424, json: { id: '1', level: 'error', message: this.steer(job)['fail'] } };
    if (status !== 'finished') return refusal(400, 'JobNotFinished', 'Batch job has not finished computing the results yet.');
    const href = (file: string) => this.signed(job, file);
    const assets = {
      'openEO.tif': { href: href('openEO.tif'), type: 'image/tiff; application=geotiff', title: 'Image', roles: ['data'] },
      'job.json': { href: href('job.json'), type: 'application/json', roles: ['metadata'] },
    };
    const links = [{ rel: 'canonical', href: href('results.json') }];
    const item = { type: 'Feature', geometry: null, properties: { datetime: null } };
    const collection = { type: 'Collection', description: '', license: 'other', extent: {}, 'openeo:status': 'finished' };
    return { status: 200, json: { ...(this.style.vito ? item : collection), stac_version: '1.0.0', id: job.id, assets, links } };
  }

  private signed = (job: FakeJob, file: string): string => `${this.url}/files/${job.id}/${file}?signature=${this.style.signature}`;

  /** A link whose signature is not today's has ended. */
  private file(job: string, name: string, signature: string | null): FakeReply {
    if (signature !== this.style.signature) return refusal(410, 'ResultLinkExpired', 'The link has expired.');
    return { status: 200, text: fileOf(job, name), headers: { 'content-type': 'application/octet-stream' } };
  }

  private part(job: FakeJob, status: string): FakeReply {
    const assets = {
      'part-1.tif': { href: this.signed(job, 'part-1.tif'), type: 'image/tiff; application=geotiff' },
    };
    return { status: 200, json: { type: 'Collection', stac_version: '1.0.0', id: job.id, 'openeo:status': status, assets, links: [] } };
  }

  /** Paged by `offset`, the id of the last entry seen. */
  private logs(job: FakeJob, query: URLSearchParams): FakeReply {
    const fail = this.steer(job)['fail'];
    const own = this.statusOf(job) === 'error' && fail !== undefined ? [{ id: 'last', level: 'error', message: String(fail) }] : [];
    const level = this.style.vito ? undefined : query.get('level');
    const all = [...job.logs, ...own].filter((entry) => !level || entry.level === level);
    const from = all.findIndex((entry) => entry.id === query.get('offset')) + 1;
    const page = all.slice(from, from + this.style.pageSize);
    const next = { rel: 'next', href: `${this.url}${root}/jobs/${job.id}/logs?level=${level ?? ''}&offset=${page.at(-1)?.id}` };
    return { status: 200, json: { logs: page, links: from + page.length < all.length ? [next] : [] } };
  }

  private list(query: URLSearchParams, user: string | undefined): FakeReply {
    const from = Number(query.get('page') ?? 0);
    const all = [...this.jobs.values()].filter((job) => job.user === user);
    if (this.style.vito) all.reverse();
    const size = Math.min(this.style.pageSize, Number(query.get('limit') ?? this.style.pageSize));
    const next = { rel: 'next', href: `${this.url}${root}/jobs?limit=${size}&page=${from + size}` };
    return {
      status: 200,
      json: { jobs: all.slice(from, from + size).map((job) => this.summary(job)), links: from + size < all.length ? [next] : [] },
    };
  }

  private summary(job: FakeJob) {
    const status = this.statusOf(job);
    const progress = status === 'finished' ? 100 : status === 'running' ? 50 : 0;
    return { id: job.id, title: job.body.title, status, progress, created: new Date(job.created).toISOString() };
  }
}
