import type { Job } from '../dispatch/model.ts';
import type { Chunk, Task } from '../upscaling/model.ts';
import type { Bundle, Connection, Holder, Noted, Recheck, Viewer, Watch } from './model.ts';

/** One-time tickets. Times are seconds since the epoch. */
export interface Tickets {
  /** Keeps the ticket's hash, never the ticket. */
  issue(ticket: string, holder: Holder, expires: number): Promise<void>;
  /** Uses the ticket up; undefined when it was used, is over or never was. */
  redeem(ticket: string, now: number): Promise<Holder | undefined>;
}

export interface Connections {
  /** Writes the connection; what greets it follows from the table's stream. */
  open(connection: Connection): Promise<void>;
  /** Consistent. */
  get(connectionId: string): Promise<Connection | undefined>;
  remove(connectionId: string): Promise<void>;
  /** It watches this, too; nothing happens when it does already, or is not there any more. */
  add(connectionId: string, subject: string): Promise<void>;
  /** Asks for the status of `connection.subjects` since what it has `seen`, which follows from the table's stream; false when this connection did so within this second. */
  ask(connection: Connection, now: number): Promise<boolean>;
}

/**
 * What is watched: its viewers, its mark, the changes that wait for the next frame, and the log of frames. Times are epoch
 * seconds unless said otherwise. Changes are noted as long as the subject is watched.
 */
export interface Subjects {
  /** Consistent. */
  watch(subject: string): Promise<Watch>;
  /** A viewer comes, and the subject is watched as long as they may stay. If it was not at `now`, a number is left out. */
  enter(subject: string, viewer: Viewer, now: number): Promise<void>;
  /** A viewer leaves, unless they came for an incarnation after `upTo`; one that is not there is no error. */
  leave(subject: string, connectionId: string, upTo?: number): Promise<void>;
  /** The subject is watched until `until` and no longer, unless there are viewers at `now` or somebody enters meanwhile. */
  rest(subject: string, now: number, until: number): Promise<void>;
  /** Consistent; only those that have not expired at `now`. */
  viewers(subject: string, now: number): Promise<Viewer[]>;
  /** Keeps a change unless one of a later watching is kept, or a later version of the job of the same. */
  note(subject: string, change: Noted, expires: number): Promise<void>;
  /** Keeps news of a task until the next frame. */
  gather(subject: string, bundle: Bundle, expires: number): Promise<void>;
  /** News that waits for a frame, at most `limit` bundles. Consistent. */
  bundles(subject: string, limit: number): Promise<Bundle[]>;
  /** Removes news that was sent. */
  clear(subject: string, bundles: readonly Bundle[]): Promise<void>;
  /** True for whoever marks: no mark was there, or only one older than `stale` (RFC 3339), or the one that `by` made before. */
  mark(subject: string, now: string, stale: string, by: string): Promise<boolean>;
  unmark(subject: string): Promise<void>;
  /** Changes that wait for a frame, at most `limit`. Consistent. One past its time is still news: versions tell. */
  changes(subject: string, limit: number): Promise<Noted[]>;
  /** Takes the number after `last`, for a frame made at `now` (ms); false when somebody else did. */
  claim(subject: string, last: number, now: number): Promise<boolean>;
  /** Keeps the frame of a claimed number. */
  writeFrame(subject: string, n: number, text: string, expires: number): Promise<void>;
  /** Frames `from` to `to` as far as the log has them, in order. Consistent. */
  frames(subject: string, from: number, to: number): Promise<string[]>;
  /** Removes changes that were read, unless others took their places. */
  settle(subject: string, read: readonly Noted[]): Promise<void>;
}

export interface Push {
  /** `gone` when nobody is at the other end: closed, or not open yet. */
  post(connectionId: string, text: string): Promise<'sent' | 'gone'>;
}

export interface FrameQueue {
  /** "Make the next frame of this subject in one second." May come twice. */
  send(subject: string): Promise<void>;
  /** "Do this in so many seconds." May come twice. */
  recheck(recheck: Recheck, seconds: number): Promise<void>;
}

export interface JobsOf {
  /** Newest first. May be stale for a moment. */
  page(owner: string, limit: number, cursor?: string): Promise<{ items: Job[]; cursor?: string }>;
}

/** Upscaling tasks as their area has them. All consistent. */
export interface Tasks {
  /** undefined for one that never was, or is being deleted. */
  read(taskId: string): Promise<Task | undefined>;
  chunks(taskId: string): Promise<Chunk[]>;
  jobs(taskId: string, chunk: number): Promise<Job[]>;
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
