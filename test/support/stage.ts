import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeOpenEo, type FakeJob as FakeOpenEoJob } from './fake-openeo.ts';
import { FakeIssuer } from './fake-issuer.ts';
import { FakeOgc, type FakeJob, type Fault, type Style } from './fake-ogc.ts';
import { PartnerIssuer } from './partner-issuer.ts';
import { FaultProxy, type Fate, type Held, type Match, type RuleHandle } from './fault-proxy.ts';
import { endSenderSoon } from './process-of-port.ts';

/** Fake platforms by registry id. Each scenario that breaks a platform has one of its own, so that scenarios may run at the same time. */
const fakeIds = [
  ...['fake', 'fake-crash', 'fake-polled', 'fake-busy', 'fake-jobs', 'fake-old', 'fake-quiet'],
  ...['fake-down', 'fake-error', 'fake-garbage', 'fake-hang', 'fake-shared', 'fake-outage', 'fake-tasks', 'fake-added'],
] as const;
export type FakeId = (typeof fakeIds)[number];
/** Further entries of the built-in platform, one for each way in which its workers die. */
const builtinIds = ['builtin-create', 'builtin-start', 'builtin-answer'];

/** What a test may ask of a fake platform. */
const fakeCommands = (fake: FakeOgc) => ({
  url: () => fake.url,
  open: async () => void (await fake.open()),
  /** From now on connections are refused. */
  close: () => fake.close(),
  fault: (fault: Fault) => void fake.fault(fault),
  /** Ends all faults. */
  heal: () => void fake.faults.splice(0),
  style: (style: Partial<Style>) => void Object.assign(fake.style, style),
  job: (title: string): FakeJob[] => fake.titled(title),
  edit: (title: string, change: Partial<FakeJob>) => fake.titled(title).forEach((job) => Object.assign(job, change)),
  /** How often a job of this title was really started. */
  starts: (title: string) => fake.startsOf(title),
  /** Requests so far by "METHOD /first-segment". */
  requests: () => Object.fromEntries(fake.requests),
  maxRunning: () => fake.maxRunning,
});
export type FakeCommands = ReturnType<typeof fakeCommands>;

/** Fake openEO back-ends by registry id; `fake-leaving`, and those whose jobs run as their users, are left for an administrator to register. */
const openEoIds = [
  ...['fake-openeo', 'fake-crowd', 'fake-many', 'fake-login', 'fake-files'],
  ...['fake-written', 'fake-killed', 'fake-doubled', 'fake-paused', 'fake-leaving', 'fake-own', 'fake-partner'],
] as const;
export type OpenEoId = (typeof openEoIds)[number];
const unregistered = new Set<OpenEoId>(['fake-leaving', 'fake-own', 'fake-partner']);

/** What a test may ask of a fake openEO back-end. */
const openEoCommands = (fake: FakeOpenEo, issuer: FakeIssuer, partner: PartnerIssuer) => ({
  url: () => fake.url,
  host: () => fake.host,
  /** From now on it takes only tokens of the fake issuer, and tells users apart. */
  asUsers: () => void (fake.issuer = issuer),
  /** From now on it takes only tokens of the partner's issuer that are meant for it, and tells users apart. */
  asPartners: (audience: string) => void (fake.issuer = { userOf: (token) => partner.userOf(token, audience) }),
  /** Ids of the jobs of a user. */
  of: (user: string) => [...fake.jobs.values()].filter((job) => job.user === user).map(({ id }) => id),
  style: (style: Partial<FakeOpenEo['style']>) => void Object.assign(fake.style, style),
  fault: (fault: Fault) => void fake.faults.push(fault),
  /** Jobs whose title begins so, and how often each was set running. */
  runs: (title: string) => [...fake.jobs.values()].filter(({ body }) => body.title?.startsWith(title)).map(({ runs }) => runs),
  maxRunning: () => fake.maxRunning,
  /** When jobs whose title begins so were set running (ms since the epoch), in that order. */
  started: (title: string) =>
    [...fake.jobs.values()]
      .filter(({ body, runs }) => runs > 0 && body.title?.startsWith(title))
      .map(({ body, startedAt }) => ({ title: body.title!, at: startedAt }))
      .toSorted((a, b) => a.at - b.at),
  /** Somebody left a job there an hour ago. */
  leave: (title: string, says?: string) => fake.add({ body: { title }, created: Date.now() - 3_600_000, ...(says ? { says } : {}) }).id,
  has: (id: string) => fake.jobs.has(id),
  /** Adds entries to a job's log. */
  log: (id: string, entries: FakeOpenEoJob['logs']) => void fake.jobs.get(id)!.logs.push(...entries),
});
export type OpenEoCommands = ReturnType<typeof openEoCommands>;

/** What a test may ask of the fake issuer. */
const issuerCommands = (fake: FakeIssuer) => ({
  url: () => fake.url,
  client: () => fake.client,
  /** Tokens of this issuer are exchanged. */
  trust: (issuer: string) => void fake.trusts.add(issuer),
  /** From now on the tokens of this user are not exchanged, with this word; undefined: they are. */
  refuse: (user: string, word?: string) => void (word === undefined ? fake.refuses.delete(user) : fake.refuses.set(user, word)),
  accessSeconds: (seconds: number) => void (fake.seconds = seconds),
  refreshToken: (user: string) => fake.refreshToken(user),
  revoke: (user: string) => fake.revoke(user),
  counts: () => fake.counts,
});
export type IssuerCommands = ReturnType<typeof issuerCommands>;

/** What a test may ask of the partner's issuer. */
const partnerCommands = (partner: PartnerIssuer) => ({
  url: () => partner.url,
  client: () => partner.client,
  /** Signs somebody in; the tokens are meant for this service unless another audience is named. */
  signIn: (user: string, audience?: string) => partner.signIn(user, audience),
});
export type PartnerCommands = ReturnType<typeof partnerCommands>;

/** Less than functions wait for an answer of AWS before they ask once more (ms). */
const patience = 7000;

/** What a test may ask of the proxy between the functions and the emulator. */
function proxyCommands(proxy: FaultProxy) {
  const rules: RuleHandle[] = [];
  const holding: Held[] = [];
  const add = (rule: RuleHandle) => rules.push(rule) - 1;
  return {
    /** Holds the next request that matches; answers the rule's number. */
    hold: (match: Match) => add(proxy.hold(match)),
    dropAfterEffect: (match: Match, times?: number) => add(proxy.dropAfterEffect(match, times)),
    twice: (match: Match) => add(proxy.twice(match)),
    strike: (match: Match, fate: Fate, when?: { times?: number; after?: number }) => add(proxy.strike(match, fate, when)),
    struck: (rule: number) => rules[rule]!.struck(),
    /** Waits for the request of a rule, then ends the process that sent it, unless it has ended already; the request never has an effect. */
    async killSender(rule: number): Promise<void> {
      const held = await rules[rule]!.held();
      const waited = Date.now() - held.at;
      const pid = await endSenderSoon(held.remotePort);
      // Who left sooner than anybody gives up waiting for an answer has ended: so it died where it should.
      const hasEnded = held.isLeft() && waited < patience;
      if (pid === undefined && !hasEnded)
        throw new Error(`The sender of the held request (port ${held.remotePort}, held for ${waited} ms) was not found.`);
      held.release(false);
    },
    /** Waits for the request of a rule, which stays held; answers its number and its body. */
    async held(rule: number): Promise<{ held: number; body: string }> {
      const one = await rules[rule]!.held();
      return { held: holding.push(one) - 1, body: one.body };
    },
    release: (held: number, forward = true) => holding[held]!.release(forward),
    remove: (rule: number) => rules[rule]!.remove(),
  };
}
export type ProxyCommands = ReturnType<typeof proxyCommands>;

/** Regular expressions cross as objects. */
export const pack = (_: string, value: unknown): unknown => (value instanceof RegExp ? { regex: value.source } : value);
const unpack = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'regex' in value ? new RegExp(String(value.regex)) : value;

/** Bytes of the largest file that is copied from `fake-files`. */
export const largestFile = 100_000;

/** Limits of a platform that takes all that comes. */
const many = { running: 400, parallel: 20, burst: 400, startsPerMinute: 6000, readsPerMinute: 600 };

/** Limits of the platform that a crowd of jobs is sent to. */
export const crowd = { running: 20, parallel: 10, burst: 10, startsPerMinute: 480, readsPerMinute: 600 };

/**
 * What stands beside the environment under test: fake platforms and the fault proxy. They live in the process of jest's
 * global set-up; test files, which run elsewhere, command them over a loopback address.
 */
export class Stage {
  readonly proxy = new FaultProxy('http://127.0.0.1:9');
  private readonly fakes = new Map<FakeId, FakeOgc>();
  private readonly issuer = new FakeIssuer();
  private readonly partner = new PartnerIssuer();
  private readonly openEos = openEoIds.map((id) => ({ id, fake: new FakeOpenEo() }));
  private server: Server | undefined;

  /** Address for commands: POST {"to", "command", "args"}. */
  get controlUrl(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  /** Entries of the platform registry. `fake-shared` is an account that others use too; Some are left for an administrator to register. */
  get platforms(): object[] {
    const limits = { running: 2, parallel: 4, burst: 100, startsPerMinute: 6000, readsPerMinute: 600 };
    const fakes = [...this.fakes]
      .filter(([id]) => id !== 'fake-added')
      .map(([id, fake]) => ({
        ...{ id, kind: 'ogc-processes', title: id, baseUrl: fake.url, exclusive: id !== 'fake-shared', limits },
      }));
    const builtins = builtinIds.map((id) => ({ id, kind: 'builtin', title: id, baseUrl: `https://${id}.swath.invalid` }));
    const openEos = this.openEos
      .filter(({ id }) => !unregistered.has(id))
      .map(({ id, fake }) => ({
        ...{ id, kind: 'openeo', title: id, baseUrl: fake.url, processHosts: [fake.host] },
        ...(id === 'fake-login' ? { auth: { method: 'basic' } } : {}),
        ...(id === 'fake-files' ? { results: { maxBytes: largestFile } } : {}),
        limits: id === 'fake-crowd' ? crowd : id === 'fake-many' ? many : limits,
      }));
    return [...fakes, ...builtins, ...openEos];
  }

  /** Issuers whose tokens the environment takes. */
  get issuers(): object[] {
    return [{ id: 'partner', issuer: this.partner.url, audience: [this.partner.audience] }];
  }

  async open(): Promise<this> {
    for (const id of fakeIds) this.fakes.set(id, await new FakeOgc().open());
    await Promise.all([this.proxy.open(), this.issuer.open(), this.partner.open(), ...this.openEos.map(({ fake }) => fake.open())]);
    const targets: Record<string, object> = {
      proxy: proxyCommands(this.proxy),
      issuer: issuerCommands(this.issuer),
      partner: partnerCommands(this.partner),
    };
    for (const { id, fake } of this.openEos) targets[id] = openEoCommands(fake, this.issuer, this.partner);
    for (const [id, fake] of this.fakes) targets[id] = fakeCommands(fake);
    this.server = createServer((request, response) => {
      const run = async () => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        const { to, command, args } = JSON.parse(text, unpack) as { to: string; command: string; args: unknown[] };
        const target = targets[to] as Record<string, (...args: unknown[]) => unknown>;
        response.end(JSON.stringify((await target[command]!(...args)) ?? null));
      };
      run().catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
    await Promise.all([
      this.proxy.close(),
      this.issuer.stop(),
      this.partner.stop(),
      ...this.openEos.map(({ fake }) => fake.stop()),
      ...[...this.fakes.values()].map((fake) => fake.stop()),
    ]);
  }
}
