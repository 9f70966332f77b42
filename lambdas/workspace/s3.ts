import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Uploads } from './ports.ts';

/** Part of the signature, and sent as headers: S3 compares them with what comes. */
const bound = new Set(['content-length', 'content-type', 'x-amz-checksum-sha256']);

export const s3Uploads = (s3: () => S3Client, bucket: string): Uploads => ({
  async sign({ key, bytes, sha256, contentType }, seconds) {
    const checksum = Buffer.from(sha256, 'hex').toString('base64');
    const put = { Bucket: bucket, Key: key, ContentLength: bytes, ContentType: contentType, ChecksumSHA256: checksum };
    const url = await getSignedUrl(s3(), new PutObjectCommand(put), {
      expiresIn: seconds,
      signableHeaders: bound,
      unhoistableHeaders: bound,
    });
    return { url, headers: { 'Content-Type': contentType, 'x-amz-checksum-sha256': checksum } };
  },
  reference: (key) => `s3://${bucket}/${key}`,
});
