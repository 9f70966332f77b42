import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import type { Workspace } from '../../lambdas/dispatch/ports.ts';
import { s3Workspace } from '../../lambdas/dispatch/s3.ts';
import { aws, local } from '../support/local.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';

/** The port's contract, on memory and on the emulator's S3. */
const workspaces: [string, () => Workspace][] = [
  ['memory', () => memoryWorkspace(new Map())],
  ['S3', () => s3Workspace(aws.s3, local().bucket)],
];
const MiB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** The bytes as a network brings them: in pieces of no size in particular. */
async function* inPieces(bytes: Uint8Array, breaksAt = Number.POSITIVE_INFINITY) {
  for (let from = 0; from < bytes.length; from += 700_001) {
    if (from >= breaksAt) throw new Error('ECONNRESET');
    yield bytes.subarray(from, from + 700_001);
  }
}

describe.each(workspaces)('a file stored in %s', (where, open) => {
  const workspace = open();
  const file = () => [`tester-${randomUUID()}`, 'jobs/1/Output/1.tif'] as const;
  const store = (at: readonly [string, string], source: AsyncIterable<Uint8Array>, most = 100 * MiB) =>
    workspace.store(...at, source, 'image/tiff', most);

  // Less than a part of 8 MiB, exactly one, exactly two, and two and a bit; and nothing at all.
  it.each([0, 5, 8 * MiB, 16 * MiB, 17 * MiB + 3])('of %i bytes is there as it was sent', async (size) => {
    const bytes = randomBytes(size);
    const at = file();
    const facts = { bytes: size, sha256: sha256(bytes) };
    expect(await store(at, inPieces(bytes))).toEqual({ kind: 'stored', ...facts });
    expect(await workspace.inspect(...at)).toEqual(facts);
  });

  it.each([5, 9 * MiB])('stays as it is when another of %i bytes comes', async (size) => {
    const [at, first] = [file(), randomBytes(size)];
    await store(at, inPieces(first));
    expect(await store(at, inPieces(randomBytes(size)))).toEqual({ kind: 'exists' });
    expect(await workspace.writeNew(...at, 'other', 'text/plain')).toBe(false);
    expect(await workspace.inspect(...at)).toEqual({ bytes: size, sha256: sha256(first) });
  });

  it('is one of two that are written at once', async () => {
    const [at, a, b] = [file(), randomBytes(9 * MiB), randomBytes(9 * MiB)];
    const kinds = await Promise.all([store(at, inPieces(a)), store(at, inPieces(b))].map(async (one) => (await one).kind));
    expect(kinds.sort()).toEqual(['exists', 'stored']);
    expect([sha256(a), sha256(b)]).toContain((await workspace.inspect(...at))?.sha256);
  });

  it.each([5, 9 * MiB])('leaves nothing behind when it is larger than %i bytes, or breaks off there', async (most) => {
    const [at, bytes] = [file(), randomBytes(most + 8 * MiB)];
    expect(await store(at, inPieces(bytes), most)).toEqual({ kind: 'too large' });
    await expect(store(at, inPieces(bytes, most))).rejects.toThrow('ECONNRESET');
    expect(await workspace.inspect(...at)).toBeUndefined();
    if (where !== 'S3') return;
    const { Uploads = [] } = await aws.s3().send(new ListMultipartUploadsCommand({ Bucket: local().bucket, Prefix: `users/${at[0]}/` }));
    expect(Uploads).toEqual([]);
  });
});
