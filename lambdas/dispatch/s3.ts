import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createHash } from 'node:crypto';
import type { LargeParameters } from './dynamo-jobs.ts';
import type { Workspace } from './ports.ts';
import { storeObject } from './s3-store.ts';

/** A signed link works this long; whoever needs longer asks again. */
const signedSeconds = 900;
/** Parameters from this many bytes lie in S3. */
const largeFrom = 8 * 1024;

const workspaceKey = (owner: string, path: string): string => `users/${owner}/workspace/${path}`;

export function s3Workspace(s3: () => S3Client, bucket: string): Workspace {
  const sign = (key: string) => getSignedUrl(s3(), new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: signedSeconds });
  const at = (owner: string, path: string) => ({ Bucket: bucket, Key: workspaceKey(owner, path) });
  return {
    bucket,
    async write(owner, path, body, contentType) {
      await s3().send(new PutObjectCommand({ Bucket: bucket, Key: workspaceKey(owner, path), Body: body, ContentType: contentType }));
    },
    async load(owner, path, mostBytes) {
      const file = await open(s3(), bucket, workspaceKey(owner, path));
      if (file === undefined) return undefined;
      const contentType = file.ContentType ?? 'application/octet-stream';
      const bytes = await bytesOf(file, mostBytes);
      return { contentType, ...(bytes === undefined ? {} : { bytes }) };
    },
    async loadFile(key, mostBytes) {
      const file = await open(s3(), bucket, key);
      return file && bytesOf(file, mostBytes);
    },
    async writeNew(owner, path, body, contentType) {
      const source = async function* () {
        yield Buffer.from(body);
      };
      const { kind } = await storeObject(s3(), at(owner, path), source(), contentType, Number.POSITIVE_INFINITY);
      return kind === 'stored';
    },
    store: (owner, path, source, contentType, maxBytes) => storeObject(s3(), at(owner, path), source, contentType, maxBytes),
    async inspect(owner, path) {
      const body = (await open(s3(), bucket, workspaceKey(owner, path)))?.Body;
      if (body === undefined) return undefined;
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      return { bytes, sha256: hash.digest('hex') };
    },
    read: (owner, path) => readText(s3(), bucket, workspaceKey(owner, path)),
    async remove(owner, prefix) {
      const list = { Bucket: bucket, Prefix: workspaceKey(owner, prefix) };
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const page = await s3().send(new ListObjectsV2Command({ ...list, ...(token ? { ContinuationToken: token } : {}) }));
        const keys = (page.Contents ?? []).map(({ Key }) => ({ Key }));
        if (keys.length > 0) await s3().send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys, Quiet: true } }));
        token = page.NextContinuationToken;
      }
    },
    sign,
    signFile: (owner, path) => sign(workspaceKey(owner, path)),
  };
}

/** Where parameters go that are too large for the table. */
export const largeParameters = (s3: () => S3Client, bucket: string): LargeParameters => ({
  from: largeFrom,
  async write(owner, jobId, json) {
    const key = workspaceKey(owner, `jobs/${jobId}/parameters.json`);
    await s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: json, ContentType: 'application/json' }));
    return key;
  },
  read: (key) => readText(s3(), bucket, key),
  readPart: (key, from, to) => readText(s3(), bucket, key, `bytes=${from}-${to - 1}`),
});

const readText = async (s3: S3Client, bucket: string, key: string, range?: string): Promise<string | undefined> =>
  (await open(s3, bucket, key, range))?.Body?.transformToString();

async function bytesOf({ Body, ContentLength }: GetObjectCommandOutput, mostBytes: number): Promise<Uint8Array | undefined> {
  if ((ContentLength ?? Number.POSITIVE_INFINITY) <= mostBytes) return Body?.transformToByteArray();
  (Body as { destroy?: () => void } | undefined)?.destroy?.();
  return undefined;
}

async function open(s3: S3Client, bucket: string, key: string, range?: string): Promise<GetObjectCommandOutput | undefined> {
  try {
    return await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(range ? { Range: range } : {}) }));
  } catch (error) {
    // Without leave to list the whole bucket, S3 says "access denied" of an object that is not there.
    if (error instanceof NoSuchKey || (error as Error).name === 'AccessDenied') return undefined;
    throw error;
  }
}
