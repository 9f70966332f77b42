import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { s3Files } from '../../lambdas/platforms/batch/s3.ts';
import { listKey, resultFiles } from '../../lambdas/platforms/batch/rules/outputs.ts';
import { stageIn, stageOut } from '../../lambdas/platforms/batch/rules/scripts.ts';
import { planText } from '../../lambdas/platforms/batch/rules/staging.ts';
import { aws, local } from '../support/local.ts';

/** What stands beside an application, as it runs in a task: on this machine, against the emulator's S3, in folders of its own. */
const root = mkdtempSync(`${tmpdir()}/swath-container-`);
const folders = { inputs: `${root}/in`, results: `${root}/out`, plan: `${root}/plan` };
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/role') response.end('{"RoleArn":"r","AccessKeyId":"test","SecretAccessKey":"test","Token":"a+b/c=="}');
    else if (request.url === '/scene%20a?k=v') response.end('pixels');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

function script(text: string, environment: Record<string, string>): Promise<{ code: number | null; errors: string }> {
  const child = spawn('/bin/bash', ['-c', text], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, errors })));
}
const fresh = () => {
  for (const folder of Object.values(folders)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  }
};
const path = (name: string) => `${folders.inputs}/${name}`;

describe('Before the application', () => {
  const files = () => s3Files(aws.s3, local().bucket);
  async function stage(plan: string) {
    fresh();
    const key = `batch-plans/${randomUUID()}`;
    await files().write(key, plan);
    return script(stageIn(folders), { PLAN_URL: await files().sign(key) });
  }

  it('what the plan names is there: from a link, from the bucket by a signed link, and from the request', async () => {
    const key = `batch-plans/${randomUUID()}`;
    await files().write(key, 'of the bucket');
    const plan = planText(
      [
        { path: path('1/scene.tif'), source: { url: `${url}/scene%20a?k=v` } },
        { path: path('2/own'), source: { key } },
        { path: path('parameters.json'), source: { base64: Buffer.from('{"a":1}').toString('base64') } },
      ],
      new Map([[key, await files().sign(key)]]),
      { ndvi: ['*.tif'] },
    );
    expect(await stage(plan)).toEqual({ code: 0, errors: '' });
    expect(['1/scene.tif', '2/own', 'parameters.json'].map((name) => readFileSync(path(name), 'utf8'))).toEqual([
      ...['pixels', 'of the bucket', '{"a":1}'],
    ]);
  });

  it('an input that is not there ends it, by its name and without its link', async () => {
    const { code, errors } = await stage(planText([{ path: path('1/a.tif'), source: { url: `${url}/none?secret` } }], new Map(), {}));
    expect(code).toBe(3);
    expect(errors).toContain('An input could not be fetched: a.tif');
    expect(errors).not.toContain('secret');
  });
});

describe('After the application', () => {
  async function stage(globs: Record<string, string[]>, write: () => void) {
    fresh();
    write();
    writeFileSync(`${folders.plan}/plan`, planText([], new Map(), globs));
    const jobId = randomUUID();
    const ended = await script(stageOut(folders), {
      AWS_BATCH_JOB_ID: jobId,
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/role',
      CREDENTIALS_HOST: url,
      RESULTS_URL: `${local().endpoint}/${local().bucket}`,
      RESULTS_REGION: 'us-east-1',
    });
    const list = await s3Files(aws.s3, local().bucket).read(listKey(jobId), 100_000);
    const read = async (file: string) =>
      (await aws.s3().send(new GetObjectCommand({ Bucket: local().bucket, Key: `batch/${jobId}/${file}` }))).Body!.transformToString();
    return { ...ended, files: resultFiles(list ?? ''), read };
  }
  const put = (name: string, text: string) => {
    mkdirSync(`${folders.results}/${name}`.replace(/\/[^/]*$/, ''), { recursive: true });
    writeFileSync(`${folders.results}/${name}`, text);
  };

  it('files are found by patterns and in folders, numbered, and told in a list, whatever they are called', async () => {
    const strange = 'a $(touch x) \t"{1}\n[2].tif';
    const { code, errors, files, read } = await stage({ ndvi: ['*.tif', 'a*'], 'ta ble': ['more'] }, () => {
      put(strange, 'one');
      put('-rf.tif', 'two');
      put('more/deep/t.csv', 'three');
      put('ignored.png', 'no');
    });
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(files.map(({ output, bytes, path: name }) => [output, bytes, name])).toEqual([
      ...[
        ['ndvi', 3, '-rf.tif'],
        ['ndvi', 3, strange],
      ].toSorted((a, b) => files.findIndex((one) => one.path === a[2]) - files.findIndex((one) => one.path === b[2])),
      ['ta ble', 5, 'more/deep/t.csv'],
    ]);
    expect(files.map(({ file }) => file)).toEqual(['1.tif', '2.tif', '3.csv']);
    expect(await read('3.csv')).toBe('three');
  });

  it('an output that is not there ends it with its name, and what is there is kept', async () => {
    const { code, errors, files } = await stage({ a: ['a.txt'], b: ['b', 'b.*'] }, () => put('a.txt', 'x'));
    expect([code, errors.trim(), files.length]).toEqual([4, 'No file was found for the output b', 1]);
  });

  it('a link that leads nowhere is no file', async () => {
    expect(await stage({ a: ['a'] }, () => symlinkSync('/nowhere/at/all', `${folders.results}/a`))).toMatchObject({ code: 4, files: [] });
  });
});
