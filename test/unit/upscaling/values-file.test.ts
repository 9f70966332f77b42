import { expect, it } from '@jest/globals';
import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Values } from '../../../lambdas/upscaling/s3.ts';

it.each([1, 499, 500, 501, 1201])(
  'The file of %d values has a line for each, and its offsets are where the chunks begin and the last ends',
  async (count) => {
    let written = Buffer.alloc(0);
    const s3 = {
      send: async ({ input }: PutObjectCommand) => {
        written = input.Body as Buffer<ArrayBuffer>;
        return {};
      },
    } as unknown as S3Client;
    const lines = Array.from({ length: count }, (_, n) => JSON.stringify(`ä${n}`));
    const kept = await s3Values(() => s3, 'bucket').write('alice', 'task', lines);
    expect(kept.count).toBe(count);
    expect(kept.offsets).toHaveLength(Math.ceil(count / 500) + 1);
    const chunks = kept.offsets.slice(1).map((to, n) => written.subarray(kept.offsets[n], to).toString());
    expect(chunks).toEqual(
      chunks.map((_, n) =>
        lines
          .slice(n * 500, (n + 1) * 500)
          .map((line) => `${line}\n`)
          .join(''),
      ),
    );
    expect(kept.offsets.at(-1)).toBe(written.byteLength);
  },
);
