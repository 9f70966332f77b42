import type { Write, Written } from '../../shared/table/write.ts';
import type { BuiltinJob, RasterTask } from './model.ts';

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
  /** Delivers the id to the function that runs the process, at least once. */
  run(id: string, process: string): Promise<void>;
}

export interface OutputStore {
  /** Writes the outputs of a job; returns the key they are read by. */
  write(id: string, json: string): Promise<string>;
  read(key: string): Promise<string | undefined>;
}

export interface Pause {
  seconds(seconds: number): Promise<void>;
}

export interface RasterFile {
  /** Of the output. */
  name: string;
  fileName: string;
  type: string;
  bytes: Uint8Array;
}

export interface Raster {
  files: RasterFile[];
  /** Outputs by value. */
  values: Record<string, unknown>;
}

/** Both throw a `RasterFault` for what the request or its source is to blame for. */
export interface Rasters {
  download(url: string): Promise<Uint8Array>;
  compute(bytes: Uint8Array, task: RasterTask): Promise<Raster>;
}

export interface FileStore {
  /** Writes a file of a job; returns its key. The same again changes nothing. */
  writeFile(id: string, fileName: string, bytes: Uint8Array, type: string): Promise<string>;
}
