import type { Frame, LiveJob, Ticket } from '../../lambdas/live/model.ts';
import { api } from './local.ts';
import { until } from './until.ts';

/** A ticket for live status. */
export const aTicket = async (as: string): Promise<Ticket> => (await api<Ticket>('POST', '/job_status/tickets', { as })).body;

/** Somebody who watches their jobs over the WebSocket, and every frame that came. */
export class Viewer {
  readonly frames: Frame[] = [];
  private readonly socket: WebSocket;

  private constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.addEventListener('message', ({ data }) => void this.frames.push(JSON.parse(String(data)) as Frame));
  }

  /** Connects and waits for the first full status, or for a delta if that is what the address asks for; undefined when it is refused. */
  static async open(url: string, first: 'full' | 'delta' = 'full'): Promise<Viewer | undefined> {
    const viewer = new Viewer(url);
    const opened = await new Promise<boolean>((resolve) => {
      viewer.socket.addEventListener('open', () => resolve(true), { once: true });
      viewer.socket.addEventListener('error', () => resolve(false), { once: true });
      viewer.socket.addEventListener('close', () => resolve(false), { once: true });
    });
    if (!opened) return undefined;
    await until(`the first status (${first})`, () =>
      viewer.frames.find((frame) => frame.type === 'status' && Boolean(frame.delta) === (first === 'delta')),
    );
    return viewer;
  }

  static async of(user: string): Promise<Viewer> {
    const viewer = await Viewer.open((await aTicket(user)).url);
    if (viewer === undefined) throw new Error(`${user} was refused`);
    return viewer;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** What the frames told of a job, oldest first. */
  told(jobId: string): LiveJob[] {
    return this.frames.flatMap((frame) => (frame.type === 'status' ? frame.data.processing_jobs.filter(({ id }) => id === jobId) : []));
  }

  deltas(): Extract<Frame, { type: 'status' }>[] {
    return this.frames.filter((frame) => frame.type === 'status').filter((frame) => frame.delta === true);
  }

  close(): void {
    this.socket.close();
  }
}
