import { afterAll, expect, it, jest } from '@jest/globals';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { bundle } from '../../scripts/bundle.ts';

jest.setTimeout(180_000); // a busy machine takes a while for two whole bundles

const folders = ['a', 'b'].map((name) => mkdtempSync(`${tmpdir()}/swath-bundle-${name}-`));
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

it('Two environments that bundle at once each get every function, the same to the byte', async () => {
  const [names] = await Promise.all(folders.map((folder) => bundle(folder)));
  expect(names).toEqual(expect.arrayContaining(['dispatch/http', 'dispatch/task-submit', 'live/on-frame']));
  const [first, second] = folders.map((folder) =>
    Object.fromEntries(globSync('**/*.js*', { cwd: folder }).map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')])),
  );
  expect(Object.keys(first!).sort()).toEqual([...names!.map((name) => `${name}/index.js`), 'landing/http/app.js', 'package.json'].sort());
  expect(second).toEqual(first);
});
