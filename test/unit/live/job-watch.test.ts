import { afterEach, describe, expect, it } from '@jest/globals';
import { delta, fullStatus, liveJob } from '../../../lambdas/live/rules/frames.ts';
import { JobWatch } from '../../../scripts/job-watch.ts';
import { aJob } from '../../support/live-world.ts';
import { until } from '../../support/until.ts';

const original = globalThis.WebSocket;
afterEach(() => void (globalThis.WebSocket = original));

/** The gateway's end of a connection. */
class Socket extends EventTarget {
  static readonly OPEN = 1;
  static opened: Socket[] = [];
  readonly readyState = Socket.OPEN;
  readonly sent: unknown[] = [];
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    Socket.opened.push(this);
  }
  send = (text: string) => void this.sent.push(JSON.parse(text));
  close = () => undefined;
  tell = (frame: object) => this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
  drop = () => this.dispatchEvent(Object.assign(new Event('close'), { code: 1006 }));
}

async function watching() {
  Socket.opened = [];
  globalThis.WebSocket = Socket as unknown as typeof WebSocket;
  let tickets = 0;
  const watch = new JobWatch(async () => `wss://host/job_status?ticket=${(tickets += 1)}`);
  const nth = (n: number) => until(`connection ${n}`, () => Socket.opened[n - 1]);
  const first = await nth(1);
  const running = liveJob(aJob({ version: 2, status: 'running' }));
  first.tell(fullStatus({ jobs: [running], seq: 4, asOf: running.updated, more: false })[0]!);
  return { watch, nth, first, running };
}
const finished = liveJob(aJob({ version: 4, status: 'successful' }));
const change = (seq: number, job = finished) => delta([{ jobId: job.id, version: job.version, job }], seq, job.updated);

describe('a client whose connection drops', () => {
  it('connects again with a new ticket, names the last frame it has seen, and misses nothing', async () => {
    const { watch, nth, first } = await watching();
    first.drop();
    const second = await nth(2);
    expect(second.url).toBe('wss://host/job_status?ticket=2&since=4');
    second.tell(change(5));
    const told: string[] = [];
    expect(await watch.final(finished.id, (status) => told.push(status), AbortSignal.timeout(5000))).toBe('finished');
    expect(told).toEqual(['running', 'finished']);
    watch.close();
  });
});

describe('a client that lost a frame', () => {
  it('asks for what came after the last one it has', async () => {
    const { watch, first } = await watching();
    first.tell(change(6));
    expect(first.sent).toEqual([{ action: 'subscribe', subjects: { jobs: 4 } }]);
    watch.close();
  });

  it('asks too when a pong names a later frame', async () => {
    const { watch, first } = await watching();
    first.tell({ type: 'pong', data: null, message: null, subjects: { jobs: 5 } });
    expect(first.sent).toEqual([{ action: 'subscribe', subjects: { jobs: 4 } }]);
    watch.close();
  });

  it('does not take a late frame for news', async () => {
    const { watch, first, running } = await watching();
    first.tell(change(5));
    first.tell(change(6, { ...running, version: 3 }));
    expect(await watch.final(finished.id, () => undefined, AbortSignal.timeout(5000))).toBe('finished');
    watch.close();
  });
});
