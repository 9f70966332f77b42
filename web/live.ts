import { ask } from './api.ts';

interface Frame {
  type: string;
  data?: { processing_jobs?: { id: string }[]; removed?: { id: string }[] } | null;
}

/** Between two looks where the live status cannot be had, and between two signs of life where it can. */
const pollMs = 5000;
const pingMs = 300_000;

/** Calls `look` at each news of the job, live if that works and every five seconds if not, until it says that all is over. */
export function follow(
  jobId: string,
  look: () => Promise<'over' | 'goes on'>,
  tell: (how: 'live' | 'every 5 seconds' | 'over') => void,
): void {
  let over = false;
  let polls: ReturnType<typeof setInterval> | undefined;
  let socket: WebSocket | undefined;
  const see = async () => {
    if (over || (await look().catch(() => 'goes on')) !== 'over') return;
    over = true;
    clearInterval(polls);
    socket?.close();
    tell('over');
  };
  const poll = () => {
    if (over || polls !== undefined) return;
    tell('every 5 seconds');
    polls = setInterval(() => void see(), pollMs);
  };
  const listen = async () => {
    const { url } = (await (await ask('POST', '/job_status/tickets')).json()) as { url: string };
    if (over) return;
    socket = new WebSocket(url);
    const pings = setInterval(() => socket?.send(JSON.stringify({ action: 'ping' })), pingMs);
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type !== 'status') return;
      tell('live');
      const named = [...(frame.data?.processing_jobs ?? []), ...(frame.data?.removed ?? [])];
      if (named.some(({ id }) => id === jobId)) void see();
    });
    socket.addEventListener('close', () => {
      clearInterval(pings);
      poll();
    });
  };
  void see().then(() => (over ? undefined : listen().catch(poll)));
}
