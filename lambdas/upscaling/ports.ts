import type { RegisteredPlatform } from '../platforms/model.ts';
import type { Job, JobRequest, RequestRecord, Share, Template } from '../dispatch/model.ts';
import type { Fault } from '../shared/problem.ts';
import type { Write, Written } from '../shared/table/write.ts';
import type { Chunk, Task, TaskDetail } from './model.ts';
import type { Mosaic } from './results/model.ts';

export interface Page<Item> {
  items: Item[];
  /** Opaque; absent on the last page. */
  cursor?: string;
}

export interface TaskStore {
  /** In one transaction with the record of its request, where one is given; false when that record was there. */
  create(task: Task, request?: RequestRecord): Promise<boolean>;
  /** Consistent. */
  get(taskId: string): Promise<Task | undefined>;
  /** The record of an earlier request, also one that no longer counts. */
  request(owner: string, key: string): Promise<RequestRecord | undefined>;
  /** One conditional write; `version` grows by one. */
  update(taskId: string, write: Write): Promise<Written<Task>>;
  /** Newest first, without those that are being deleted. */
  listOwned(owner: string, limit: number, cursor?: string): Promise<Page<Task>>;
  /** At most so many tasks whose `workUntil` is before this time, the earliest first. From an index: what it tells may be old. */
  unattended(before: string, most: number): Promise<string[]>;
  chunk(taskId: string, chunk: number): Promise<Chunk | undefined>;
  /** Every chunk that was ever counted. Consistent. */
  chunks(taskId: string): Promise<Chunk[]>;
  /** Keeps a recount, if nobody has kept another since the one with revision `seen` was read. */
  putChunk(chunk: Chunk, seen: number | undefined): Promise<boolean>;
  /** The mosaic as it was made last, or is being made. Consistent. */
  mosaic(taskId: string): Promise<Mosaic | undefined>;
  /** Keeps it, if it still is as it was `seen`; undefined: if there is none. */
  putMosaic(mosaic: Mosaic, seen: Mosaic | undefined): Promise<boolean>;
  /** The task, its chunks and what is kept of its mosaic. */
  delete(taskId: string): Promise<void>;
}

/** The file of a task's values: one JSON text a line, in chunks. */
export interface Values {
  /** Writes all lines; answers the key, where the chunks begin and where the last ends, and how many lines there are. */
  write(owner: string, taskId: string, lines: Iterable<string>): Promise<{ key: string; offsets: number[]; count: number }>;
  /** A file with values that its owner has brought, as it is now: its bytes, or why there are none. */
  load(key: string, mostBytes: number): Promise<Uint8Array | 'missing' | 'too large'>;
  /** The values of a chunk. */
  read(owner: string, taskId: string, from: number, to: number): Promise<unknown[]>;
}

/** Where the picture of a task lies, beside its values. */
export interface MosaicFiles {
  write(owner: string, taskId: string, png: Uint8Array): Promise<void>;
  remove(owner: string, taskId: string): Promise<void>;
  /** A link that works for a while. */
  sign(owner: string, taskId: string): Promise<string>;
}

/** Has a mosaic made, by a function that may take longer than an answer. */
export interface MosaicMaker {
  make(taskId: string, number: number): Promise<void>;
}

/** In pixels. */
interface Size {
  width: number;
  height: number;
}

/** Pictures as pixels: red, green, blue, opacity. */
export interface Painter {
  /** A picture in the size that is wanted of one of its size; undefined for what cannot be read, or is too large. */
  pixelsOf(picture: Uint8Array, wanted: (size: Size) => Size): Promise<Uint8Array | undefined>;
  png(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array>;
}

export interface Pause {
  seconds(seconds: number): Promise<void>;
}

/** Which jobs of a task are written: chunk by chunk, each only where it does not exist yet. */
export interface Family extends Pick<Job, 'owner' | 'laneId' | 'platformId' | 'process' | 'title' | 'label' | 'deadline' | 'onAmbiguous'> {
  taskId: string;
}

/** The STAC Item of a job's results, as far as tasks know it. */
export interface ResultItem {
  id: string;
  collection?: string;
  /** West, south, east, north (CRS84). */
  bbox?: number[];
  properties: Record<string, unknown>;
  links: { rel: string; href: string; type?: string; title?: string }[];
  assets: Record<string, { href: string }>;
}

/** Gets a credential of the sender at a platform that runs jobs as their users, where her request brings what it takes. */
export type Offer = (platform: RegisteredPlatform) => Promise<void>;

/** What the job core offers to tasks. */
export interface JobCore {
  /** Checks a request as for one job, and says where its jobs would run. Throws a Problem with every fault. */
  place(owner: string, request: JobRequest, offer: Offer): Promise<Pick<Job, 'laneId' | 'platformId' | 'deadline'>>;
  /** References of a value that its owner may not use, as faults. */
  unreadable(owner: string, value: unknown, pointer: string): Fault[];
  /** The key of a reference to a file of the owner's own workspace, else undefined. */
  ownFile(owner: string, uri: string): string | undefined;
  keepTemplate(owner: string, template: Template): Promise<void>;
  template(taskId: string): Promise<Template | undefined>;
  /** Jobs are about to come: the lane is due, and the shares are open. */
  announce(family: Family): Promise<void>;
  writeJobs(family: Family, first: number, values: readonly unknown[], isCancelled: boolean): Promise<void>;
  /** Jobs of a chunk in the order of their values. Consistent. */
  jobs(taskId: string, chunk: number): Promise<Job[]>;
  /** Makes the lane due: somebody looks at it within a minute. */
  want(family: Pick<Family, 'laneId' | 'platformId'>): Promise<void>;
  /** Closes the share of a task to claims by one write; undefined opens it again. */
  closeShare(family: Pick<Family, 'laneId' | 'owner' | 'taskId'>, closed: Share['closed'], taskVersion: number): Promise<void>;
  /** Jobs wait again: the lane is due, the shares are open, a runner comes. */
  wake(family: Family): Promise<void>;
  /** Flags every job that a submitter or a platform has in hand: no start is sent after that. */
  cancelActive(family: Family): Promise<void>;
  cancelJobs(jobs: readonly Job[]): Promise<void>;
  /** Runs jobs that failed or were dismissed before `since` again. */
  retryJobs(family: Family, jobs: readonly Job[], since: string): Promise<void>;
  deleteJobs(jobs: readonly Job[]): Promise<void>;
  /** Also the files of the task. */
  deleteTemplate(owner: string, taskId: string): Promise<void>;
  /** The STAC Item of a job's results; `working`: its platform is asked for links that it signs for a while. Throws a Problem. */
  results(job: Job, self: string, links: 'working' | 'known'): Promise<ResultItem>;
  position(job: Job): Promise<TaskDetail['queue']>;
  /** The picture among a job's results; undefined where it has none, or nobody knows where it lies. */
  picture(job: Job): Promise<{ bbox: number[]; read(mostBytes: number): Promise<Uint8Array | 'none' | 'later'> } | undefined>;
  /** The platform is still there, and runs jobs under the same account. */
  isRegistered(task: Pick<Job, 'platformId' | 'laneId' | 'owner'>): Promise<boolean>;
}

export interface Starter {
  /** Starts the state machine for this piece of work; started again it does nothing. */
  start(taskId: string, workNumber: number): Promise<void>;
}
