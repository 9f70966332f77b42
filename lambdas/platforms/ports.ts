import type { Platform, PlatformChange, PlatformRecord } from './model.ts';

/** What a platform says of one of its jobs. `phase` is absent for a word we do not know: the status is then kept. */
export interface PlatformNews {
  platformJobId: string;
  /** The platform's own word, kept with the job. */
  raw: string;
  phase?: 'created' | 'queued' | 'running' | 'successful' | 'failed' | 'dismissed';
  /** 0-100. */
  progress?: number;
  message?: string;
}

/** What became of a call that must not be repeated blindly. */
export type CallOutcome<Done> =
  | ({ kind: 'done' } & Done)
  /** Definite: no room now (429, 503 with Retry-After, a job limit). Back-pressure, never a failure. */
  | { kind: 'capacity'; message: string; retryAfterSeconds?: number }
  /** Definite: it was not made, since this deployment had too many others under way. */
  | { kind: 'unsent'; message: string }
  /** Definite: the request is wrong (4xx); the message is the platform's own. */
  | { kind: 'refused'; message: string }
  /** Definite: nothing happened, since the user's credential does not work; the message says what she has to do. */
  | { kind: 'unauthorized'; message: string }
  /** Definite: nothing happened (connection refused, 503). `closesLane`: one such answer closes the lane (503 without Retry-After). */
  | { kind: 'unavailable'; message: string; closesLane?: boolean }
  /** Unknown: the call may have taken effect, now or later (time-out, broken connection, 5xx, an answer that cannot be read). */
  | { kind: 'lost'; message: string };

/** What became of a read. `unsent`: the platform was not asked, since this deployment had too many other requests under way. */
export type ReadOutcome<Value> =
  { kind: 'found'; value: Value } | { kind: 'missing' } | { kind: 'unavailable'; message: string; unsent?: true };

export interface Submission {
  /** `[swath:<deployment>/<jobId>.<incarnation>]`, put where the platform lets us. */
  tag: string;
  process: string;
  title: string;
  /** Inputs with references already signed. */
  inputs: Record<string, unknown>;
  /** Wanted format of the results, where the platform has the caller choose one: `geojson`, `gtiff`, `netcdf`, `json`. */
  format?: string;
}

/**
 * One output of a finished job: by reference or by value. `source`: the link works for a while only, and a new one is got
 * by reading the results again, which stand at this address.
 */
export type PlatformOutput =
  { name: string; href: string; source?: string; type?: string; title?: string } | { name: string; value: unknown };

export interface PlatformResults {
  outputs: PlatformOutput[];
}

/** What came of a synchronous call: the result as the platform sent it, or a job that it made instead. */
export type Executed =
  | {
      answer: { contentType: string; bytes: Uint8Array };
      /** The outputs in it, as far as they can be told apart. */
      outputs: PlatformOutput[];
      /** Where the platform keeps a job of the call all the same. */
      platformJobId?: string;
    }
  | { answer?: undefined; platformJobId: string };

/** A file of a job's results, opened for reading. */
export type AssetOutcome =
  | { kind: 'found'; body: AsyncIterable<Uint8Array>; bytes?: number; type?: string }
  /** The link does not work any more; the platform may give a new one. */
  | { kind: 'expired'; message: string }
  | { kind: 'missing' }
  /** It is not fetched from there: its host is not registered, or leads to an internal address. */
  | { kind: 'refused'; message: string }
  | { kind: 'unavailable'; message: string };

/** A line of a platform's log of a job. */
export interface PlatformLogEntry {
  id: string;
  level?: string;
  message: string;
  /** RFC 3339. */
  time?: string;
}

/** How to find a job of ours whose create answer was lost. */
export interface Search {
  tag: string;
  process: string;
  /** When the create was sent, and until when it may have taken effect (ms since the epoch, our clock). */
  from: number;
  until: number;
  /** Platform ids that belong to other jobs of ours. */
  known: ReadonlySet<string>;
}

/** A job as its platform's list shows it; a list may be late, and may leave a job out. */
export interface ListedJob extends PlatformNews {
  /** The tag that a submission gave it, where the list shows one. */
  tag?: string;
  /** When the platform made it (ms since the epoch, by its clock). */
  created?: number;
}

export interface JobPage {
  /** Entries that cannot be read are left out. */
  jobs: ListedJob[];
  /** Leads to the next page; absent on the last. */
  next?: string;
}

/** One input of a process. */
export interface ProcessInput {
  name: string;
  title?: string;
  description?: string;
  /** The process runs without it. */
  optional: boolean;
  /** JSON Schema of its value, as the platform gives it. */
  schema: Record<string, unknown>;
  default?: unknown;
  /** Where several values may be given, one beside the other: how many, and the schema of one. `schema` is that of their list. */
  several?: { minOccurs: number; maxOccurs: number | 'unbounded'; schema: Record<string, unknown> };
  /** What its author says to clients that ask people for the value, such as `widget`; kept as it is. */
  clientHints?: Record<string, unknown>;
}

/** One output of a process. */
export interface ProcessOutput {
  name: string;
  title?: string;
  description?: string;
  /** JSON Schema of its value, as the platform gives it; `contentMediaType` says of which type a file is. */
  schema: Record<string, unknown>;
}

export interface ProcessSummary {
  id: string;
  title?: string;
  description?: string;
  version?: string;
  keywords?: string[];
  /** Absent where the platform does not tell. */
  inputs?: ProcessInput[];
  outputs?: ProcessOutput[];
}

/** An estimate of a job by its platform: at least one of costs, duration and size. */
export interface Estimate {
  /** In `currency`; where that is absent, in the platform's own credits. */
  costs?: number;
  /** ISO 4217, or the platform's name of its credits. */
  currency?: string;
  /** ISO 8601. */
  duration?: string;
  /** Bytes of the results. */
  size?: number;
  /** Until when it holds (RFC 3339). */
  expires?: string;
}

/**
 * One platform kind's dialect, bound to one registered platform. Adapters never retry, never follow redirects to
 * another host, and call nothing outside the platform's base URL.
 */
export interface PlatformClient {
  /** Create and start are two calls; otherwise create runs the job and `start` is never called. */
  readonly twoPhase: boolean;
  /** `find` is exact (by tag). Otherwise it is by set difference, and only sound on an exclusive account. */
  readonly searchable: boolean;
  create(submission: Submission): Promise<CallOutcome<{ platformJobId: string; news?: PlatformNews }>>;
  start(platformJobId: string): Promise<CallOutcome<object>>;
  /** The platform's synchronous call: one request, never repeated. Aborted, it is broken off, and what became of it is `lost`. */
  execute(submission: Submission, signal: AbortSignal): Promise<CallOutcome<Executed>>;
  status(platformJobId: string): Promise<ReadOutcome<PlatformNews>>;
  find(search: Search): Promise<ReadOutcome<PlatformNews[]>>;
  /**
   * One page of the account's jobs, in the platform's order, in one request; `missing` where a server has no list. Absent
   * for a platform whose jobs are read one by one. That a job is not listed means nothing.
   */
  list?(next?: string): Promise<ReadOutcome<JobPage>>;
  /** Stops the job, or deletes it where that is the same; `missing` is success for the caller. */
  cancel(platformJobId: string): Promise<ReadOutcome<object>>;
  results(platformJobId: string): Promise<ReadOutcome<PlatformResults>>;
  /**
   * What a job that goes on, or failed, has produced so far; `missing` where there is nothing (yet), or the server does not
   * hand out parts. Absent for a platform that never does.
   */
  partialResults?(platformJobId: string): Promise<ReadOutcome<PlatformResults>>;
  /** A page of a job's log, after the entry with the id `after`; absent for a platform that keeps none. */
  logs?(
    platformJobId: string,
    page: { limit: number; after?: string },
  ): Promise<ReadOutcome<{ entries: PlatformLogEntry[]; more: boolean }>>;
  /** What the platform reckons that a job of ours takes; `missing` where it cannot tell. Absent for a platform that never does. */
  estimate?(platformJobId: string): Promise<ReadOutcome<Estimate>>;
  /** Opens a file of its results by a link that it gave; absent for a platform whose outputs are all by value. */
  openAsset?(href: string): Promise<AssetOutcome>;
  describe(process: string): Promise<ReadOutcome<ProcessSummary>>;
  /** The processes that can be run on their own, without their inputs; empty where the platform has no list of such. */
  listProcesses(): Promise<ReadOutcome<ProcessSummary[]>>;
}

/** What the job core knows of a lane of a platform; times as RFC 3339. */
export interface LaneView {
  running: number;
  failures: number;
  closedUntil?: string;
  reason?: string;
  lastSeenAt?: string;
}

/** How busy a platform is; undefined and 0 for one that no job was sent to. */
export interface PlatformLoad {
  lane(platform: Platform, userId: string): Promise<LaneView | undefined>;
  /** Jobs that wait for the platform, of one user's lane or of all, counted no further than `most`. */
  queued(platform: Platform, most: number, userId?: string): Promise<number>;
  /** Jobs of ours that are on the platform, or whose results have not been fetched. */
  present(platform: Platform): Promise<number>;
}

/** The registry's table. */
export interface PlatformStore {
  /** Every row, also of removed platforms, in the order of their ids. Consistent. */
  all(): Promise<PlatformRecord[]>;
  /** Consistent. */
  get(id: string): Promise<PlatformRecord | undefined>;
  /**
   * Writes the row, and what changed in the same transaction, if the stored one still has version `seen` (undefined: if
   * there is none); false when it has not.
   */
  put(record: PlatformRecord, seen: number | undefined, change: PlatformChange): Promise<boolean>;
  /** Changes of one platform, newest first, with the version to go on before; absent on the last page. */
  changes(id: string, limit: number, before?: number): Promise<{ items: PlatformChange[]; before?: number }>;
}

/** Asks a platform that is to be registered who it is; a message where it does not answer as its kind does. */
export type Discover = (entry: Platform) => Promise<{ ok: true } | { ok: false; message: string }>;

/**
 * Value of the `Authorization` header; undefined for none. `refused`: a value that the platform has refused, which is not
 * given again. Throws an error whose message may be shown when there is no way to get one.
 */
export type Authorization = (refused?: string) => Promise<string | undefined>;

/** The user has to do something before her credential works; the message says what. */
export class CredentialFault extends Error {}
