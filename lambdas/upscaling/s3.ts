import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { chunkSize } from '../dispatch/model.ts';
import type { Values } from './ports.ts';

const keyOf = (owner: string, taskId: string): string => `users/${owner}/workspace/tasks/${taskId}/values.jsonl`;

/** The file of a task's values lies in its owner's workspace; chunks are read by their bytes. */
export const s3Values = (s3: () => S3Client, bucket: string): Values => ({
  async write(owner, taskId, lines) {
    const key = keyOf(owner, taskId);
    const parts: Buffer[] = [];
    const offsets = [0];
    let [bytes, count] = [0, 0];
    for (const line of lines) {
      const part = Buffer.from(`${line}\n`);
      parts.push(part);
      bytes += part.byteLength;
      count += 1;
      if (count % chunkSize === 0) offsets.push(bytes);
    }
    if (count % chunkSize !== 0) offsets.push(bytes);
    const put = { Bucket: bucket, Key: key, Body: Buffer.concat(parts), ContentType: 'application/x-ndjson' };
    await s3().send(new PutObjectCommand(put));
    return { key, offsets, count };
  },
  async load(key, mostBytes) {
    try {
      const { Body, ContentLength } = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if ((ContentLength ?? Number.POSITIVE_INFINITY) <= mostBytes) return (await Body?.transformToByteArray()) ?? new Uint8Array();
      (Body as { destroy?: () => void } | undefined)?.destroy?.();
      return 'too large';
    } catch (error) {
      // Without leave to list the whole bucket, S3 says "access denied" of an object that is not there.
      if (error instanceof NoSuchKey || (error as Error).name === 'AccessDenied') return 'missing';
      throw error;
    }
  },
  async read(owner, taskId, from, to) {
    const range = { Bucket: bucket, Key: keyOf(owner, taskId), Range: `bytes=${from}-${to - 1}` };
    const { Body } = await s3().send(new GetObjectCommand(range));
    const text = (await Body?.transformToString()) ?? '';
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  },
});
