import type { Job } from '../dispatch/model.ts';
import type { Change, Connection, Holder, Viewer } from './model.ts';

/** One-time tickets. Times are seconds since the epoch. */
export interface Tickets {
  /** Keeps the ticket's hash, never the ticket. */
  issue(ticket: string, holder: Holder, expires: number): Promise<void>;
  /** Uses the ticket up; undefined when it was used, is over or never was. */
  redeem(ticket: string, now: number): Promise<Holder | undefined>;
}

export interface Connections {
  /** Writes the connection and makes it a viewer of its subjects, all or nothing. */
  open(connection: Connection): Promise<void>;
  get(connectionId: string): Promise<Connection | undefined>;
  /** Removes the connection and its viewers; one that is gone already is no error. */
  close(connectionId: string): Promise<void>;
  /** Asks for a full status, which follows from the table's stream; false when this connection did so within this second. */
  ask(connection: Connection, now: number): Promise<boolean>;
}

/** What is watched: its viewers, its mark, the changes that wait for the next frame, and the frames. */
export interface Subjects {
  /** Consistent; only those that have not expired at `now` (epoch seconds). */
  viewers(subject: string, now: number): Promise<Viewer[]>;
  removeViewer(subject: string, connectionId: string): Promise<void>;
  /** Keeps a change unless a later version of the job is kept; `expires` in epoch seconds. */
  note(subject: string, change: Change, expires: number): Promise<void>;
  /** True for whoever marks: no mark was there, or only one older than `stale`. RFC 3339. */
  mark(subject: string, now: string, stale: string): Promise<boolean>;
  unmark(subject: string): Promise<void>;
  /** Number of the last frame, 0 before the first. Consistent. */
  lastFrame(subject: string): Promise<number>;
  /** Changes that wait for a frame, at most `limit`. Consistent. One past its time is still news: versions tell. */
  changes(subject: string, limit: number): Promise<Change[]>;
  /** Writes frame `n` once; false when it was there. Either way the last frame is `n` or a later one afterwards. */
  writeFrame(subject: string, n: number, text: string, expires: number): Promise<boolean>;
  /** Removes changes that were sent, unless a later version has come. */
  settle(subject: string, sent: readonly Change[]): Promise<void>;
}

export interface Push {
  /** `gone` when nobody is at the other end: closed, or not open yet. */
  post(connectionId: string, text: string): Promise<'sent' | 'gone'>;
}

export interface FrameQueue {
  /** "Make the next frame of this subject in one second." May come twice. */
  send(subject: string): Promise<void>;
}

export interface JobsOf {
  /** Newest first. May be stale for a moment. */
  page(owner: string, limit: number, cursor?: string): Promise<{ items: Job[]; cursor?: string }>;
}

export interface Lanes {
  /** Somebody watches unfinished jobs of these lanes, so they are polled more often. Cheap to say again. */
  watch(laneIds: Iterable<string>): Promise<void>;
}

export interface Secrets {
  /** 256 random bits, safe in a URL. */
  next(): string;
}

export interface Pause {
  wait(ms: number): Promise<void>;
}

/** Where failures are told; they stop nothing. */
export interface Report {
  (what: string, error: unknown, fields?: Record<string, unknown>): void;
}
