import type { S3Client } from '@aws-sdk/client-s3';
import { expect, it } from '@jest/globals';
import { storeObject } from '../../../lambdas/dispatch/s3-store.ts';

/** An S3 that ends a multipart upload whose object somebody else is writing at the same time. */
const conflicting = {
  send: async ({ constructor: { name } }: object) => {
    if (name === 'CompleteMultipartUploadCommand') throw Object.assign(new Error(), { name: 'ConditionalRequestConflict' });
    if (name === 'AbortMultipartUploadCommand') throw Object.assign(new Error(), { name: 'NoSuchUpload' });
    return { UploadId: 'u', ETag: 'e' };
  },
} as unknown as S3Client;

it('An upload that loses against another, and is gone then, is no error', async () => {
  const source = async function* () {
    yield new Uint8Array(9 * 1024 * 1024);
  };
  expect(await storeObject(conflicting, { Bucket: 'b', Key: 'k' }, source(), 'image/tiff', 1e9)).toEqual({ kind: 'exists' });
});
