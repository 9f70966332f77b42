import { GetObjectCommand, NoSuchKey, PutObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { StagedFiles } from './ports.ts';

/** A container starts within minutes; one that waits longer for its turn finds its links closed, and fails saying so. */
const signedSeconds = 3600;

export function s3Files(s3: () => S3Client, bucket: string): StagedFiles {
  const get = async (key: string, range?: string): Promise<GetObjectCommandOutput | undefined> => {
    try {
      return await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(range === undefined ? {} : { Range: range }) }));
    } catch (error) {
      // Without leave to list the bucket, S3 says "access denied" of an object that is not there; a range of an empty one is none.
      if (error instanceof NoSuchKey || (error as Error).name === 'AccessDenied') return undefined;
      if ((error as Error).name === 'InvalidRange') return get(key);
      throw error;
    }
  };
  return {
    bucket,
    async write(key, text) {
      await s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: 'text/plain' }));
    },
    read: async (key, mostBytes) => (await get(key, `bytes=0-${mostBytes - 1}`))?.Body?.transformToString(),
    async open(key) {
      const found = await get(key);
      if (found?.Body === undefined) return { kind: 'missing' };
      const { Body, ContentLength, ContentType } = found;
      return {
        kind: 'found',
        body: Body as AsyncIterable<Uint8Array>,
        ...(ContentLength === undefined ? {} : { bytes: ContentLength }),
        ...(ContentType === undefined ? {} : { type: ContentType }),
      };
    },
    sign: (key) => getSignedUrl(s3(), new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: signedSeconds }),
  };
}
