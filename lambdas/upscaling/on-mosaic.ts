import { relative } from 'node:path';
import { s3 } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { withGdal } from '../shared/gdal/session.ts';
import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { gdalPainter } from './gdal.ts';
import { s3Mosaics } from './s3.ts';
import { makeMosaic } from './use-cases/make-mosaic.ts';

/** GDAL's WebAssembly lies beside the bundle; the library reads it below the working directory. */
declare const __dirname: string;

const deps = { ...bind(), files: s3Mosaics(s3, env('BUCKET')) };

/** Asynchronous invocation with a task's id: its pictures are put into one. */
export async function handler({ taskId, number }: { taskId: string; number: number }): Promise<void> {
  const outcome = await withGdal(relative(process.cwd(), __dirname) || '.', (session) =>
    makeMosaic({ ...deps, painter: gdalPainter(session) }, taskId, number),
  );
  log.info('mosaic', { taskId, number, outcome });
}
