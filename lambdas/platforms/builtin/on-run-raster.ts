import { relative } from 'node:path';
import type { Context } from 'aws-lambda';
import { dynamo, s3 } from '../../shared/aws.ts';
import { env } from '../../shared/env.ts';
import { systemClock } from '../../shared/time/system.ts';
import { DynamoBuiltinStore } from './dynamo.ts';
import { computeRaster } from './gdal.ts';
import { runRaster } from './run-raster.ts';
import { readReference, S3OutputStore } from './s3.ts';
import { download, mostBytes } from './source.ts';

/** GDAL's WebAssembly lies beside the bundle; the library reads it below the working directory. */
declare const __dirname: string;

/** Only beside an emulator do buckets have an address on this machine. */
const rules = {
  schemes: ['https:', ...(process.env['AWS_ENDPOINT_URL'] ? ['http:'] : [])],
  loopback: process.env['AWS_ENDPOINT_URL'] !== undefined,
};

/** Asynchronous invocation with a job's id. Lambda's own retries carry the same request id, so a run that broke off goes on. */
export const handler = async (event: { id: string }, context: Context): Promise<void> => {
  const deps = {
    store: new DynamoBuiltinStore(dynamo(), env('BUILTIN_TABLE')),
    files: new S3OutputStore(s3(), env('BUCKET')),
    rasters: {
      download: (url: string) => (url.startsWith('s3:') ? readReference(s3(), env('BUCKET'), url, mostBytes) : download(url, rules)),
      compute: (bytes: Uint8Array, task: Parameters<typeof computeRaster>[1]) =>
        computeRaster(bytes, task, relative(process.cwd(), __dirname) || '.'),
    },
    clock: systemClock,
  };
  await runRaster(deps, event.id, context.awsRequestId);
};
