import type { Write, Written } from '../../shared/table/write.ts';
import type { BuiltinJob } from './model.ts';

export interface BuiltinStore {
  /** False when the id exists. */
  create(job: BuiltinJob): Promise<boolean>;
  /** Consistent. */
  get(id: string): Promise<BuiltinJob | undefined>;
  /** One conditional write; a job that does not exist is never revived. */
  update(id: string, write: Write): Promise<Written<BuiltinJob>>;
  /** Ids of the jobs with this tag. May be stale. */
  byTag(tag: string): Promise<string[]>;
}

export interface BuiltinRunner {
  /** Delivers the id to the run function, at least once. */
  run(id: string): Promise<void>;
}

export interface OutputStore {
  /** Writes the outputs of a job; returns the key they are read by. */
  write(id: string, json: string): Promise<string>;
  read(key: string): Promise<string | undefined>;
}

export interface Pause {
  seconds(seconds: number): Promise<void>;
}
