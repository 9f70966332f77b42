import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readFile } from 'node:fs/promises';
import { awsConfig } from './local.ts';

/** Keys of the sample scenes in the stack's bucket. */
export const samples = { olinda: 'samples/landsat7-olinda.tif', greatSaltLake: 'samples/landsat7-great-salt-lake.tif' };

/** Uploads the scenes of local/scenes. */
export async function uploadSamples(endpoint: string, root: string, Bucket: string): Promise<void> {
  const s3 = new S3Client({ ...awsConfig(endpoint), forcePathStyle: true });
  const upload = async (Key: string) => {
    const Body = await readFile(`${root}/local/scenes/${Key.replace('samples/', '')}`);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'image/tiff; application=geotiff; profile=cloud-optimized' }));
  };
  await Promise.all(Object.values(samples).map(upload));
  s3.destroy();
}
