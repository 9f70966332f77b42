import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mostBytes, UploadRequest } from '../../../lambdas/workspace/model.ts';
import type { Announced } from '../../../lambdas/workspace/ports.ts';
import { pathFault } from '../../../lambdas/workspace/rules/path.ts';
import { makeTicket } from '../../../lambdas/workspace/use-cases.ts';

const owner = 'a'.repeat(26);
const sha256 = 'ab'.repeat(32);
const ask = (more: object = {}) => UploadRequest.safeParse({ path: 'a/b.jsonl', bytes: 7, sha256, ...more });

/** Asks for a ticket; `signed` is what the store was asked to take. */
async function ticket(path: string) {
  const signed: Announced[] = [];
  const uploads = {
    sign: async (file: Announced) => {
      signed.push(file);
      return { url: 'https://signed.example', headers: {} };
    },
    reference: (key: string) => `s3://bucket/${key}`,
  };
  const made = makeTicket({ uploads, clock: { now: () => 0 } }, owner, ask({ path }).data!);
  return { signed, made };
}

describe('an upload ticket', () => {
  it('is for one file of the own workspace, as it was announced, for 15 minutes', async () => {
    const { signed, made } = await ticket('felder/äcker 1.jsonl');
    const key = `users/${owner}/workspace/felder/äcker 1.jsonl`;
    expect(await made).toMatchObject({ reference: `s3://bucket/${key}`, method: 'PUT', expires: '1970-01-01T00:15:00.000Z' });
    expect(signed).toEqual([{ key, bytes: 7, sha256, contentType: 'application/octet-stream' }]);
  });

  it('is not given for a path at which no file can lie, and nothing is signed', async () => {
    const { signed, made } = await ticket('../other/workspace/x');
    await expect(made).rejects.toMatchObject({ status: 422, code: 'VALIDATION_ERROR', errors: [{ pointer: '/path' }] });
    expect(signed).toEqual([]);
  });

  it.each([
    ['a size below nothing', { bytes: -1 }, 'bytes'],
    ['more than one request carries', { bytes: mostBytes + 1 }, 'bytes'],
    ['a part of a byte', { bytes: 1.5 }, 'bytes'],
    ['a checksum of another kind', { sha256: 'ab'.repeat(20) }, 'sha256'],
    ['what is no media type', { contentType: 'text/plain\r\nx-amz-acl: public-read' }, 'contentType'],
  ])('is not given for %s', (_, more, field) => {
    expect(ask(more).error?.issues.map(({ path }) => path.join())).toEqual([field]);
  });

  it.each(['image/tiff; application=geotiff; profile=cloud-optimized', 'text/csv; charset="utf-8"', 'application/geo+json'])(
    'takes %s as a media type',
    (contentType) => expect(ask({ contentType }).data?.contentType).toBe(contentType),
  );
});

describe('a path', () => {
  it.each(['a', 'a/b c/d.tif', 'äöü/日本.json', '...', 'a..b/.c', 'my/jobs/x', 'Jobs', `${'x'.repeat(1024 - 43)}`])('may be %s', (path) =>
    expect(pathFault(owner, path)).toBeUndefined(),
  );

  it.each([
    ['nothing', '', 'required'],
    ['with a step up', 'a/../../b', '..'],
    ['with a step on the spot', './a', '. or ..'],
    ['that begins with a slash', '/a', 'slash'],
    ['that ends with a slash', 'a/', 'slash'],
    ['with two slashes', 'a//b', 'slash'],
    ['with a zero byte', 'a\0b', 'Control'],
    ['with a line break', 'a\nb', 'Control'],
    ['with a control character of the second set', 'a\u0085b', 'Control'],
    ['that reads in the other direction', 'a\u202Efdp.exe', 'Control'],
    ['in another normal form', 'a\u0308', 'form C'],
    ['with half a character', 'a\uD800', 'surrogate'],
    ['of more bytes than a key has', 'ä'.repeat(512), 'Too long'],
    ['where results are kept', 'jobs/1/item.json', 'Swath alone'],
    ['where values of tasks are kept', 'tasks/1/values.jsonl', 'Swath alone'],
    ['that is a folder of results', 'jobs', 'Swath alone'],
  ])('is refused %s', (_, path, reason) => expect(pathFault(owner, path)).toContain(reason));

  it('that is taken stays within the workspace whatever reads it, and is a key of S3', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '%', '2e', '\0', 'é', 'e\u0301'), maxLength: 6 })),
        (parts) => {
          const path = parts.join('/');
          if (pathFault(owner, path) !== undefined) return;
          const base = `https://host/users/${owner}/workspace/`;
          const url = new URL(base + path.split('/').map(encodeURIComponent).join('/'));
          expect(decodeURIComponent(url.pathname)).toBe(`/users/${owner}/workspace/${path}`);
        },
      ),
    );
  });
});
