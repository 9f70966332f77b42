import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { chunkSize } from '../dispatch/model.ts';
import type { MosaicFiles, Values } from './ports.ts';

const fileOf = (name: string) => (owner: string, taskId: string) => `users/${owner}/workspace/tasks/${taskId}/${name}`;
const keyOf = fileOf('values.jsonl');
const pictureOf = fileOf('mosaic.png');
/** A signed link works this long. */
const signedSeconds = 900;

/** The file of a task's values lies in its owner's workspace; chunks are read by their bytes. */
export const s3Values = (s3: () => S3Client, bucket: string): Values => ({
  async write(owner, taskId, lines) {
    const key = keyOf(owner, taskId);
    const chunks: Buffer[] = [];
    const offsets = [0];
    let [bytes, count] = [0, 0];
    let chunk = '';
    const end = () => {
      if (chunk === '') return;
      const part = Buffer.from(chunk);
      chunks.push(part);
      offsets.push((bytes += part.byteLength));
      chunk = '';
    };
    for (const line of lines) {
      chunk += `${line}\n`;
      count += 1;
      if (count % chunkSize === 0) end();
    }
    end();
    const put = { Bucket: bucket, Key: key, Body: Buffer.concat(chunks), ContentType: 'application/x-ndjson' };
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

/** The picture of a task lies beside its values. */
export const s3Mosaics = (s3: () => S3Client, bucket: string): MosaicFiles => {
  const at = (owner: string, taskId: string) => ({ Bucket: bucket, Key: pictureOf(owner, taskId) });
  return {
    async write(owner, taskId, png) {
      await s3().send(new PutObjectCommand({ ...at(owner, taskId), Body: png, ContentType: 'image/png' }));
    },
    async remove(owner, taskId) {
      await s3().send(new DeleteObjectCommand(at(owner, taskId)));
    },
    sign: (owner, taskId) => getSignedUrl(s3(), new GetObjectCommand(at(owner, taskId)), { expiresIn: signedSeconds }),
  };
};
