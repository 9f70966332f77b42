import { Agent, createServer, request as send, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endSender } from './process-of-port.ts';

/** Which requests a rule is for; all that are given must match. */
export interface Match {
  /** `X-Amz-Target`, e.g. /UpdateItem$/. */
  target?: RegExp;
  /** "METHOD /path?query". */
  path?: RegExp;
  body?: RegExp;
}

/** A request that waits in the proxy. */
export interface Held {
  /** The caller's end of the connection: `pidOfPort` finds its process. */
  remotePort: number;
  body: string;
  /** When it came (ms since the epoch). */
  at: number;
  /** Its caller is no longer there: it has ended, or has waited for as long as it waits for an answer. */
  isLeft(): boolean;
  /** Lets the request go to the emulator now; with `false` its connection is broken and it never has an effect. */
  release(forward?: boolean): void;
}

/** What happens to a request that needs nobody to decide about it. */
export type Fate =
  | { kind: 'delay'; ms: number }
  | { kind: 'answer'; status: number; body: string }
  | { kind: 'drop' }
  | { kind: 'twice' }
  | { kind: 'kill' };
type Action = Fate | { kind: 'hold' };

/** A request that the emulator has answered. */
export interface Exchange {
  target: string;
  /** "METHOD /path?query" */
  path: string;
  body: Buffer;
  status: number;
  answer: Buffer;
  /** From when it was sent on until its answer had come. */
  ms: number;
}
interface Rule {
  match: Match;
  action: Action;
  times: number;
  /** So many requests that match are let through before. */
  after: number;
  struck: string[];
  waiting: ((held: Held) => void)[];
  arrived: Held[];
}

/** What a test holds of a rule it made. */
export interface RuleHandle {
  /** The next request that the rule holds (only of `hold`). */
  held(): Promise<Held>;
  /** The requests that met it: when (RFC 3339), and what they were. */
  struck(): readonly string[];
  remove(): void;
}

/**
 * A loopback proxy in front of the AWS emulator. Requests pass byte for byte with their own Host header, because the
 * callers' signatures cover it. Rules make faults: each applies to the next `times` requests that match it.
 */
export class FaultProxy {
  /** Is told of every exchange, once its answer has gone. */
  observe: ((exchange: Exchange) => void) | undefined;
  private readonly rules: Rule[] = [];
  private readonly upstream: URL;
  private readonly agent: Agent | false;
  private readonly server = createServer((request, response) => void this.serve(request, response));

  /** @param keepAlive connections to the emulator are used again, so that what is measured is not their making */
  constructor(upstream: string, { keepAlive = false } = {}) {
    this.upstream = new URL(upstream);
    this.agent = keepAlive ? new Agent({ keepAlive }) : false;
    this.server.requestTimeout = 0;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The emulator may only be known after the proxy's own address is. */
  pointTo(upstream: string): void {
    this.upstream.href = upstream;
  }

  async open(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return this;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    if (this.agent) this.agent.destroy();
    await closed;
  }

  /** Holds requests until released. */
  hold(match: Match, times = 1): RuleHandle {
    return this.add(match, { kind: 'hold' }, times);
  }
  delay(match: Match, ms: number, times = 1): RuleHandle {
    return this.add(match, { kind: 'delay', ms }, times);
  }
  /** Answers for the emulator, which never sees the request. */
  answer(match: Match, status: number, body = '{}', times = 1): RuleHandle {
    return this.add(match, { kind: 'answer', status, body }, times);
  }
  /** The emulator carries the request out and the answer is lost. */
  dropAfterEffect(match: Match, times = 1): RuleHandle {
    return this.add(match, { kind: 'drop' }, times);
  }
  /** The emulator carries the request out two times, as a queue or a bus that delivers twice does. */
  twice(match: Match, times = Number.POSITIVE_INFINITY): RuleHandle {
    return this.add(match, { kind: 'twice' }, times);
  }
  /** Ends the process that sends the request, which never has an effect. */
  kill(match: Match, times = 1): RuleHandle {
    return this.add(match, { kind: 'kill' }, times);
  }
  /** The same as one of those above, for the requests that match after so many others did. */
  strike(match: Match, fate: Fate, { times = 1, after = 0 }: { times?: number; after?: number } = {}): RuleHandle {
    return this.add(match, fate, times, after);
  }
  removeAll(): void {
    this.rules.length = 0;
  }

  private add(match: Match, action: Action, times: number, after = 0): RuleHandle {
    const rule: Rule = { match, action, times, after, struck: [], waiting: [], arrived: [] };
    this.rules.push(rule);
    return {
      held: () => {
        const held = rule.arrived.shift();
        return held ? Promise.resolve(held) : new Promise((resolve) => rule.waiting.push(resolve));
      },
      struck: () => rule.struck,
      remove: () => this.remove(rule),
    };
  }

  private remove(rule: Rule): void {
    const at = this.rules.indexOf(rule);
    if (at >= 0) this.rules.splice(at, 1);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the caller went away
    }
    const body = Buffer.concat(chunks);
    const rule = this.meets(request, body);
    const action = rule?.action;
    if (action?.kind === 'answer') {
      response.writeHead(action.status, { 'content-type': 'application/x-amz-json-1.0' }).end(action.body);
      return;
    }
    if (action?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, action.ms));
    if (action?.kind === 'kill') {
      endSender(request.socket.remotePort ?? 0);
      return void request.socket.destroy();
    }
    if (action?.kind === 'twice') await this.alone(request, body);
    if (rule && action?.kind === 'hold' && !(await held(rule, request, body))) return void request.socket.destroy();
    this.forward(request, body, response, action?.kind === 'drop');
  }

  /** The rule for a request, which counts it. */
  private meets(request: IncomingMessage, body: Buffer): Rule | undefined {
    if (this.rules.length === 0) return undefined;
    const text = body.toString('latin1');
    const rule = this.rules.find((one) => matches(one.match, request, text) && (one.after -= 1) < 0);
    if (rule === undefined) return undefined;
    if ((rule.times -= 1) <= 0) this.remove(rule);
    const what = String(request.headers['x-amz-target'] ?? `${request.method} ${request.url}`);
    rule.struck.push(`${new Date().toISOString()} ${rule.action.kind} ${what} ${text.slice(0, 120)}`);
    return rule;
  }

  /** Sends the request on for its effect alone. */
  private alone(request: IncomingMessage, body: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const onward = this.onward(request, body);
      onward.on('error', () => resolve());
      onward.on('response', (answer) => answer.resume().on('close', () => resolve()));
      onward.end(body);
    });
  }

  private onward(request: IncomingMessage, body: Buffer) {
    const { hostname, port } = this.upstream;
    // A raw list keeps names, order and repetitions; Node takes it as it is.
    const headers = framed(request.rawHeaders, body.length) as unknown as OutgoingHttpHeaders;
    return send({ hostname, port, method: request.method, path: request.url, headers, agent: this.agent, setHost: false });
  }

  private forward(request: IncomingMessage, body: Buffer, response: ServerResponse, drop: boolean): void {
    const from = performance.now();
    const onward = this.onward(request, body);
    onward.on('error', () => request.socket.destroy());
    onward.on('response', (answer) => {
      answer.on('error', () => request.socket.destroy());
      if (drop) {
        answer.resume().on('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
      const { observe } = this;
      if (observe === undefined) return;
      const chunks: Buffer[] = [];
      const target = String(request.headers['x-amz-target'] ?? '');
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        observe({
          target,
          path: `${request.method} ${request.url}`,
          body,
          status: answer.statusCode ?? 502,
          answer: Buffer.concat(chunks),
          ms: performance.now() - from,
        }),
      );
    });
    onward.end(body);
  }
}

/** The body is known as a whole now, so it is framed by its length, however it came. */
function framed(raw: string[], length: number): string[] {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    if (!['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect'].includes(name))
      kept.push(raw[i] ?? '', raw[i + 1] ?? '');
  }
  const hadBody = raw.some((part, i) => i % 2 === 0 && /^(?:content-length|transfer-encoding)$/i.test(part));
  return hadBody ? [...kept, 'Content-Length', String(length)] : kept;
}

const matches = (match: Match, request: IncomingMessage, body: string): boolean =>
  (match.target === undefined || match.target.test(String(request.headers['x-amz-target'] ?? ''))) &&
  (match.path === undefined || match.path.test(`${request.method} ${request.url}`)) &&
  (match.body === undefined || match.body.test(body));

function held(rule: Rule, request: IncomingMessage, body: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const remotePort = request.socket.remotePort ?? 0;
    const one: Held = {
      remotePort,
      body: body.toString(),
      at: Date.now(),
      isLeft: () => request.socket.destroyed,
      release: (forward = true) => resolve(forward),
    };
    const taker = rule.waiting.shift();
    if (taker) taker(one);
    else rule.arrived.push(one);
  });
}
