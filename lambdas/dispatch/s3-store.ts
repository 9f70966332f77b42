import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import type { StoredFile } from './ports.ts';

/** Bytes of a part, and so what is held in memory. S3 takes parts from 5 MiB (but the last) and 10,000 of them: files up to 80 GB. */
const partBytes = 8 * 1024 * 1024;

/** Somebody has written the object since: 412, or 409 while both are at it (S3, "Conditional writes"). */
const isThere = (error: unknown): boolean => ['PreconditionFailed', 'ConditionalRequestConflict'].includes((error as Error).name);

/** The chunks of a stream as parts of equal size; the last may be shorter, and there is always one. */
async function* parts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    held.push(chunk);
    size += chunk.length;
    while (size >= partBytes) {
      const all = Buffer.concat(held);
      yield all.subarray(0, partBytes);
      held = [all.subarray(partBytes)];
      size -= partBytes;
    }
  }
  yield Buffer.concat(held);
}

/**
 * Writes a stream as one object, unless the object is there: then nothing changes. Small ones go in one request, others in
 * parts, one at a time; the client adds a checksum to each request, which S3 verifies. A stream that throws, or is longer
 * than `maxBytes`, leaves nothing behind.
 */
export async function storeObject(
  s3: S3Client,
  target: { Bucket: string; Key: string },
  source: AsyncIterable<Uint8Array>,
  contentType: string,
  maxBytes: number,
): Promise<StoredFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  let upload: { id: string; done: CompletedPart[] } | undefined;
  const abort = async () => {
    if (upload === undefined) return;
    try {
      await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId: upload.id }));
    } catch (error) {
      if ((error as Error).name !== 'NoSuchUpload') throw error; // a conflict (409) ends the upload by itself
    }
  };
  const stored = (): StoredFile => ({ kind: 'stored', bytes, sha256: hash.digest('hex') });
  try {
    for await (const part of parts(source)) {
      bytes += part.length;
      if (bytes > maxBytes) {
        await abort();
        return { kind: 'too large' };
      }
      hash.update(part);
      if (upload === undefined && part.length < partBytes) {
        await s3.send(new PutObjectCommand({ ...target, Body: part, ContentType: contentType, IfNoneMatch: '*' }));
        return stored();
      }
      if (part.length === 0) break; // the stream ended with a full part
      upload ??= { id: await begin(s3, target, contentType), done: [] };
      const PartNumber = upload.done.length + 1;
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...target, UploadId: upload.id, PartNumber, Body: part }));
      upload.done.push({ PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) });
    }
    const { id, done } = upload!;
    await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId: id, MultipartUpload: { Parts: done }, IfNoneMatch: '*' }));
    return stored();
  } catch (error) {
    await abort();
    if (isThere(error)) return { kind: 'exists' };
    throw error;
  }
}

async function begin(s3: S3Client, target: { Bucket: string; Key: string }, ContentType: string): Promise<string> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ContentType, ChecksumAlgorithm: 'CRC32' }));
  return UploadId!;
}
