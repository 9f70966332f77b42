import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { FileStore, OutputStore } from './ports.ts';
import { RasterFault } from './rules/raster-fault.ts';

/** Files of jobs, and outputs too large for a job's item (`output.json`), below `builtin/<id>/` in the environment's bucket. */
export class S3OutputStore implements OutputStore, FileStore {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.client = client;
    this.bucket = bucket;
  }

  write(id: string, json: string): Promise<string> {
    return this.writeFile(id, 'output.json', json, 'application/json');
  }

  async writeFile(id: string, fileName: string, body: string | Uint8Array, type: string): Promise<string> {
    const key = `builtin/${id}/${fileName}`;
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: type }));
    return key;
  }

  async read(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}

/** What a reference of a job may mean: a sample, or a file of a workspace. Whose workspace it is was looked at when the job was made. */
const readable = /^(?:samples|users\/[\w-]+\/workspace)\/(?!(?:.*\/)?\.{1,2}(?:\/|$)).+$/;

/** Reads an `s3://` reference to a file of the environment's bucket, of at most `most` bytes. Throws a `RasterFault` when it cannot be read. */
export async function readReference(client: S3Client, bucket: string, uri: string, most: number): Promise<Uint8Array> {
  const refuse = (reason: string) => new RasterFault(`The source cannot be read: ${reason}.`);
  const key = uri.startsWith(`s3://${bucket}/`) ? uri.slice(`s3://${bucket}/`.length) : '';
  if (!readable.test(key)) throw refuse('the reference is to no file of a workspace');
  try {
    const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (ContentLength > most) throw refuse(`it has more than ${most / 1024 / 1024} MB`);
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (error instanceof NoSuchKey) throw refuse('there is no such file');
    throw error;
  }
}
