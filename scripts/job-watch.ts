interface Frame {
  type: 'init' | 'loading' | 'status' | 'error';
  data?: { processing_jobs?: { id: string; status: string }[] };
  message?: string;
}

const finals = ['finished', 'canceled', 'failed'];

/** The live status of one's jobs as the WebSocket pushes it. */
export class JobWatch {
  private readonly socket: WebSocket;
  private readonly seen = new Map<string, string[]>();
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  /** `url` carries a ticket, which is good for one connection. */
  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.addEventListener('message', ({ data }) => this.take(JSON.parse(String(data)) as Frame));
    this.socket.addEventListener('open', () => this.wake());
    this.socket.addEventListener('error', () => this.fail('The WebSocket could not be opened'));
    this.socket.addEventListener('close', ({ code }) => this.fail(`The WebSocket was closed (${code})`));
  }

  private fail(message: string): void {
    this.failure ??= new Error(message);
    this.wake();
  }

  private take({ data }: Frame): void {
    for (const { id, status } of data?.processing_jobs ?? []) {
      const known = this.seen.get(id) ?? [];
      if (known.at(-1) !== status) this.seen.set(id, [...known, status]);
    }
    this.wake();
  }

  /** Waits for the next event; throws when the connection is gone or the time is over. */
  private async next(signal: AbortSignal): Promise<void> {
    if (this.failure) throw this.failure;
    await new Promise<void>((resolve, reject) => {
      this.wake = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    if (this.failure) throw this.failure;
  }

  async opened(signal: AbortSignal): Promise<void> {
    while (this.socket.readyState !== WebSocket.OPEN) await this.next(signal);
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
    this.socket.close();
  }
}
