import type { Frame } from '../lambdas/live/model.ts';
import { LiveState } from './live-state.ts';

const finals = ['finished', 'canceled', 'failed'];
/** API Gateway closes a connection after ten minutes without traffic. The pong also tells of a lost frame. */
const pingMs = 300_000;
/** Attempts to connect again that fail in a row before giving up, and the pause before each: 0.2, 0.4, 0.8, 1.6, 3.2 s. */
const attempts = 5;

/** The live status of one's jobs as the WebSocket pushes it. A connection that drops is opened again and misses nothing. */
export class JobWatch {
  private readonly address: () => Promise<string>;
  private readonly seen = new Map<string, string[]>();
  private readonly state = new LiveState();
  private readonly pings = setInterval(() => this.send({ action: 'ping' }), pingMs).unref();
  private socket: WebSocket | undefined;
  private failures = 0;
  private isClosed = false;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  /** `address` answers where to connect; it is asked for each connection, since its ticket is good for one. */
  constructor(address: () => Promise<string>) {
    this.address = address;
    void this.connect();
  }

  private async connect(): Promise<void> {
    try {
      const { since } = this.state;
      const url = await this.address();
      if (this.isClosed) return;
      const socket = (this.socket = new WebSocket(since > 0 ? `${url}&since=${since}` : url));
      socket.addEventListener('message', ({ data }) => this.take(JSON.parse(String(data)) as Frame));
      socket.addEventListener('open', () => this.wake());
      socket.addEventListener('close', ({ code }) => this.again(new Error(`The WebSocket was closed (${code})`)));
    } catch (error) {
      this.again(error as Error);
    }
  }

  private again(reason: Error): void {
    if (this.isClosed) return;
    this.failures += 1;
    if (this.failures <= attempts) setTimeout(() => void this.connect(), 100 * 2 ** this.failures);
    else {
      this.failure = reason;
      this.wake();
    }
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private take(frame: Frame): void {
    this.failures = 0;
    if (this.state.take(frame)) this.send({ action: 'subscribe', subjects: { jobs: this.state.since } });
    for (const { id, status } of this.state.jobs()) {
      const known = this.seen.get(id) ?? [];
      if (known.at(-1) !== status) this.seen.set(id, [...known, status]);
    }
    this.wake();
  }

  /** Waits for the next event; throws when the connection is gone for good or the time is over. */
  private async next(signal: AbortSignal): Promise<void> {
    if (this.failure) throw this.failure;
    await new Promise<void>((resolve, reject) => {
      this.wake = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    if (this.failure) throw this.failure;
  }

  async opened(signal: AbortSignal): Promise<void> {
    while (this.socket?.readyState !== WebSocket.OPEN) await this.next(signal);
  }

  /** Tells each status of the job as it comes and answers the final one. */
  async final(jobId: string, tell: (status: string) => void, signal: AbortSignal): Promise<string> {
    for (let told = 0; ; await this.next(signal)) {
      const statuses = this.seen.get(jobId) ?? [];
      for (const status of statuses.slice(told)) tell(status);
      told = statuses.length;
      const last = statuses.at(-1);
      if (last !== undefined && finals.includes(last)) return last;
    }
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.pings);
    this.socket?.close();
  }
}
