import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import initGdal, { type Dataset, type Gdal } from 'gdal3.js/node.js';

export interface Session {
  gdal: Gdal;
  /** A folder for files that are to be opened; gone afterwards. */
  input: string;
  /** Distinguishes names: the library remembers files that are removed beside it. */
  run: number;
  /** undefined where there is nothing that can be read. */
  open(...files: string[]): Promise<Dataset | undefined>;
}

/** The library can be started once in a process, and writes into one folder from then on. */
let started: Promise<{ gdal: Gdal; output: string }> | undefined;
let runs = 0;
const start = async (program: string) => {
  const output = mkdtempSync(join(tmpdir(), 'gdal-out-'));
  return { gdal: await initGdal({ path: program, dest: output, useWorker: false }), output };
};

/**
 * Works with GDAL (WebAssembly), one piece of work at a time, and leaves no file behind. `program` is where GDAL's files lie, below the
 * working directory.
 */
export async function withGdal<Made>(program: string, work: (session: Session) => Promise<Made>): Promise<Made> {
  const { gdal, output } = await (started ??= start(program));
  const input = mkdtempSync(join(tmpdir(), 'gdal-in-'));
  try {
    const open = async (...files: string[]) => {
      // Rejected with a list, which is no error.
      const { datasets } = await gdal.open(files).catch(() => ({ datasets: [] }));
      return datasets[0];
    };
    return await work({ gdal, input, run: (runs += 1), open });
  } finally {
    rmSync(input, { recursive: true, force: true });
    for (const file of readdirSync(output)) rmSync(join(output, file), { force: true });
  }
}

/** GDAL throws objects of its own, which name a number and a message. */
export const isGdalError = (error: unknown): error is { no: unknown; message?: unknown } =>
  !(error instanceof Error) && typeof error === 'object' && error !== null && 'no' in error;

/** Header of raw pixels of four bytes (red, green, blue, opacity) each, as GDAL reads them. */
export const rawPicture = (width: number, height: number): string =>
  [
    'ENVI',
    `samples = ${width}`,
    `lines = ${height}`,
    'bands = 4',
    'header offset = 0',
    'file type = ENVI Standard',
    'data type = 1',
    'interleave = bip',
    'byte order = 0',
    '',
  ].join('\n');
