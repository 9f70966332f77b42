import type { Write, Written } from '../shared/table/write.ts';
import type { Job, Lane, RequestRecord, Share, Spec, Template } from './model.ts';

/** Which job a write is for; enough to derive its keys. */
export interface JobRef {
  jobId: string;
  laneId: string;
  owner: string;
  taskId?: string | undefined;
  index?: number | undefined;
}

export interface Page<Item> {
  items: Item[];
  /** Opaque; absent on the last page. */
  cursor?: string;
}

export interface JobFilter {
  status?: readonly string[];
  platformId?: string;
  /** Anything else that a door's lists ask for. */
  accepts?(job: Job): boolean;
}

export interface JobStore {
  /**
   * Writes job and spec, and the record of the request where one is given, in one transaction. False when the job exists,
   * or a record of the same owner and key that still counted when this one was `created`: then nothing is written.
   */
  create(job: Job, spec: Spec, request?: RequestRecord): Promise<boolean>;
  /** The record of an earlier request, also one that no longer counts. Consistent. */
  request(owner: string, key: string): Promise<RequestRecord | undefined>;
  /** Consistent. */
  get(jobId: string): Promise<Job | undefined>;
  /** Of a job of a task: the task's template with the job's value in it. */
  spec(job: Pick<Job, 'jobId' | 'taskId' | 'index' | 'value'>): Promise<Spec | undefined>;
  /** Keeps what the jobs of a task share; written again it is the same. Large parameters lie in the owner's workspace. */
  keepTemplate(owner: string, template: Template): Promise<void>;
  template(taskId: string): Promise<Template | undefined>;
  deleteTemplate(taskId: string): Promise<void>;
  /** Jobs of a task, each only where it does not exist yet: written again they change nothing. */
  createChildren(jobs: readonly Job[]): Promise<void>;
  /** Jobs of a chunk of a task in the order of their values. Consistent. */
  children(taskId: string, chunk: number): Promise<Job[]>;
  /** Specs of several jobs, by their ids, without parameters that lie in S3 (over 8 KB): these come as an empty object. */
  specs(jobIds: readonly string[]): Promise<Map<string, Spec>>;
  /** One conditional write; `version` grows by one. A job that does not exist is never revived. */
  update(ref: JobRef, write: Write): Promise<Written<Job>>;
  /** Newest first. At most 2,000 items are read, so a filtered page may be short and still have a cursor. */
  listOwned(owner: string, filter: JobFilter, limit: number, cursor?: string): Promise<Page<Job>>;
  /** The same of everybody's, in no certain order. */
  listAll(filter: JobFilter, limit: number, cursor?: string): Promise<Page<Job>>;
  /** One share's jobs in the order of arrival. May be stale. */
  queued(laneId: string, share: string, limit: number): Promise<Job[]>;
  /** Jobs from claim to collected results. May be stale. */
  active(laneId: string): Promise<Job[]>;
  /** Only a final one; false when it is not, or not there. */
  delete(jobId: string): Promise<boolean>;
}

export interface LaneStore {
  /** Consistent. */
  get(laneId: string): Promise<Lane | undefined>;
  /** Work has come: `wanted` + 1, due; makes the lane when it is new. */
  want(laneId: string, platformId: string): Promise<Lane>;
  /** One conditional write on an existing lane. */
  update(laneId: string, write: Write): Promise<Written<Lane>>;
  /**
   * A share has work, or is about to: called before the job is written, so that no job waits in a share nobody looks at.
   * Who was away comes back at the lane's virtual time: an idle owner saves nothing up.
   */
  openShare(laneId: string, share: string): Promise<void>;
  /** The same for a task within its owner's share: it comes in beside her tasks that have waited longest. What closed it stays. */
  openTaskShare(laneId: string, owner: string, taskId: string): Promise<void>;
  /**
   * Closes the share of a task to all claims by one write, or opens it again, as this version of the task says: nothing happens
   * where a newer one has said something already.
   */
  closeTaskShare(laneId: string, owner: string, taskId: string, closed: Share['closed'], taskVersion: number): Promise<void>;
  /** Whether its owner has paused or cancelled the task. Consistent. */
  isTaskClosed(laneId: string, owner: string, taskId: string): Promise<boolean>;
  /** The open shares of a lane. Consistent. */
  shares(laneId: string): Promise<Share[]>;
  /** So many jobs of the share were let go. */
  advanceShare(laneId: string, share: string, jobs: number): Promise<void>;
  /** Nothing waits in the share any more, and nothing came since `wantedAt`. A share that is closed to claims stays. */
  closeShare(laneId: string, share: string, wantedAt: string): Promise<void>;
  /** Lanes with queued or unfinished jobs. */
  due(): Promise<string[]>;
  /** Every lane there is; reads the whole table. */
  all(): Promise<string[]>;
  /** Takes the one post that may be under way for a process of a one-phase platform; true if it is this slot's (now or already). */
  takePost(laneId: string, process: string, holder: PostHolder): Promise<boolean>;
  /** Ends the post that was taken like this; one that the slot has taken again since goes on. */
  endPost(laneId: string, process: string, holder: PostHolder): Promise<void>;
  posts(laneId: string): Promise<Post[]>;
}

/** Whose post it is: a slot, and the epoch of the job as it was read for this post. */
export interface PostHolder {
  slot: string;
  epoch: number;
}
export interface Post extends PostHolder {
  process: string;
}

export interface HistoryStore {
  /** One row per job and incarnation, overwritten by higher versions only. */
  record(job: Job): Promise<void>;
}

export interface Wakers {
  /** Starts a runner for the lane now; names are for reading, never a lock. */
  startRunner(laneId: string): Promise<void>;
  /** "Look at this lane again in so many seconds" (0-900). A poll planned for a time is none when another was planned since. */
  later(laneId: string, what: 'run' | 'poll', seconds: number, plannedFor?: string): Promise<void>;
  /** "Read what is on the platform of this lane in so many seconds": at this time (RFC 3339) it told that something has changed there. */
  news(laneId: string, toldAt: string, seconds: number): Promise<void>;
  /** "Audit this lane in so many seconds (0-900)", going on with the page of its platform's list that `next` leads to. */
  audit(laneId: string, next: string | undefined, seconds: number): Promise<void>;
  /** Has the synchronous call of a claimed job made by a function of its own; may be delivered twice, or never. */
  callSync(jobId: string, epoch: number): Promise<void>;
  /** Results of a finished job are to be collected (again); `tries`: how often its platform was too busy for that so far. */
  collect(jobId: string, seconds: number, tries?: number): Promise<void>;
  /** Starts an execution that copies the files of a job's results. */
  copyResults(jobId: string, incarnation: number): Promise<void>;
}

interface Stored {
  bytes: number;
  /** Of the whole file, in hexadecimal digits. */
  sha256: string;
}
export type StoredFile = ({ kind: 'stored' } & Stored) | { kind: 'exists' } | { kind: 'too large' };

export interface Workspace {
  /** Name of the environment's bucket, as it stands in `s3://` references. */
  readonly bucket: string;
  /** Writes a file of the owner's workspace; the path is below `users/<owner>/workspace/`. */
  write(owner: string, path: string, body: string | Uint8Array, contentType: string): Promise<void>;
  /** Writes it unless it is there; false when it is. */
  writeNew(owner: string, path: string, body: string, contentType: string): Promise<boolean>;
  /**
   * Writes a file of any size as it comes, unless it is there. Nothing is left of one that is larger than `maxBytes`, or whose
   * source breaks off: then `source` throws through.
   */
  store(owner: string, path: string, source: AsyncIterable<Uint8Array>, contentType: string, maxBytes: number): Promise<StoredFile>;
  /** What is in a file; undefined when it is not there. */
  inspect(owner: string, path: string): Promise<Stored | undefined>;
  read(owner: string, path: string): Promise<string | undefined>;
  /** A file as it is, with its media type; without its bytes where it has more than `mostBytes`. */
  load(owner: string, path: string, mostBytes: number): Promise<{ contentType: string; bytes?: Uint8Array } | undefined>;
  /** The bytes of one object of the bucket; undefined where it is not there or has more than `mostBytes`. */
  loadFile(key: string, mostBytes: number): Promise<Uint8Array | undefined>;
  remove(owner: string, prefix: string): Promise<void>;
  /** A link to one object of the bucket that works for at most 15 minutes. */
  sign(key: string): Promise<string>;
  /** The same for a file of the owner's workspace. */
  signFile(owner: string, path: string): Promise<string>;
}

export interface Randomness {
  /** In [0, 1). */
  next(): number;
}
export interface Ids {
  /** UUIDv7: sortable by time. */
  next(): string;
}
