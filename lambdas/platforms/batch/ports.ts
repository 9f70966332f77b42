import type { AssetOutcome } from '../ports.ts';
import type { BatchJob, JobDefinition, JobRequest } from './model.ts';

/** AWS Batch. No call is repeated; all throw the errors of the SDK. */
export interface Batch {
  /** ARN of the newest active definition of this name. */
  definition(name: string): Promise<string | undefined>;
  /** Registers one; answers its ARN. The same again makes another revision of the same content. */
  register(name: string, definition: JobDefinition): Promise<string>;
  /** Runs a job; answers its id. */
  submit(request: JobRequest): Promise<string>;
  /** At most 100 at once; those that are not known are left out. */
  describe(ids: readonly string[]): Promise<BatchJob[]>;
  /** Ids of jobs of the queue with this name, in whatever state. */
  named(queue: string, name: string): Promise<string[]>;
  /** A page of the jobs of the queue that were made after a time (ms since the epoch), newest first. */
  since(queue: string, time: number, next?: string): Promise<{ ids: string[]; next?: string }>;
  /** Stops a job in whatever state; one that has ended stays as it is. */
  terminate(id: string, reason: string): Promise<void>;
}

export interface LogLine {
  message: string;
  /** ms since the epoch. */
  time?: number;
}

export interface LogStreams {
  /** The first lines of a stream, at most so many; none of a stream that is not there (yet). */
  head(group: string, stream: string, most: number): Promise<LogLine[]>;
}

/** The environment's bucket, as containers are given it. */
export interface StagedFiles {
  readonly bucket: string;
  write(key: string, text: string): Promise<void>;
  /** The first bytes of an object as text; undefined where it is not there. */
  read(key: string, mostBytes: number): Promise<string | undefined>;
  open(key: string): Promise<AssetOutcome>;
  /** A link by which the object can be read as long as `signedSeconds` (or the function's own credentials) last. */
  sign(key: string): Promise<string>;
}
