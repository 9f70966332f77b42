import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What an environment that keeps its state leaves for its next start, beside the emulator's own files. */
export interface Kept {
  /** The same ports again: URLs that people noted stay good. */
  emulatorPort: number;
  pygeoapiPort: number;
  openEoPort?: number;
}

/** Files and folders of a state folder that a kept environment needs again. */
export const keptContents = ['aws', 's3', 'pygeoapi', 'kept.json'];

/** What an environment left in the folder; nothing when none was ever ready there. */
export const readKept = (state: string): Kept | undefined =>
  existsSync(`${state}/kept.json`) ? (JSON.parse(readFileSync(`${state}/kept.json`, 'utf8')) as Kept) : undefined;

/** To be called when the environment is ready: a start that broke half-way is not worth keeping. */
export const writeKept = (state: string, kept: Kept): void => writeFileSync(`${state}/kept.json`, JSON.stringify(kept));

/** Variables with which MiniStack saves everything when it is asked to end, and finds it again when it starts. */
export const keepingVariables = (state: string): NodeJS.ProcessEnv => ({
  PERSIST_STATE: '1',
  STATE_DIR: `${state}/aws`,
  S3_PERSIST: '1',
  S3_DATA_DIR: `${state}/s3`,
});

/**
 * MiniStack saves how far each consumer has read a table's stream, but not the stream: after a restart the first changes would reach
 * nobody, as many as had been read before. Without a position a consumer begins at the (new) stream's beginning.
 */
export function forgetStreamPositions(state: string): void {
  const file = `${state}/aws/lambda.json`;
  if (!existsSync(file)) return;
  const saved = JSON.parse(readFileSync(file, 'utf8')) as { payload: { dynamodb_stream_positions?: { data: object } } };
  const positions = saved.payload.dynamodb_stream_positions;
  if (!positions) return;
  positions.data = {};
  // By a rename: a write that is cut off must not leave half a file, with which all functions would be gone.
  writeFileSync(`${file}.new`, JSON.stringify(saved));
  renameSync(`${file}.new`, file);
}
