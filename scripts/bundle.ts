import { build, type BuildOptions } from 'esbuild';
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const outdir = `${root}/dist/lambdas`;

/** How every function is bundled; also what the figures of `npm run bench` compare with. */
export const bundling: BuildOptions = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  minify: true,
  keepNames: true,
  // The ES module build of a package first: the CommonJS one of the AWS SDK cannot be shaken.
  mainFields: ['module', 'main'],
  loader: { '.json': 'json' },
  logLevel: 'warning',
};

/** Bundles every entry point of lambdas/ to dist/lambdas/<its path without .ts>/index.js in one call; answers their names. */
export async function bundle(): Promise<string[]> {
  const entries = globSync('lambdas/**/{http,on-*,task-*}.ts', { cwd: root }).map((file) => file.replace(/^lambdas\/|\.ts$/g, ''));
  const stale = globSync('**/index.js', { cwd: outdir }).map((file) => file.replace(/\/index\.js$/, ''));
  for (const name of stale) if (!entries.includes(name)) rmSync(`${outdir}/${name}`, { recursive: true, force: true });
  const entryPoints = Object.fromEntries(entries.map((name) => [`${name}/index`, `${root}/lambdas/${name}.ts`]));
  await build({ ...bundling, entryPoints, outdir });
  // In Lambda a bundle stands alone; here it lies below the repository's "type": "module".
  writeFileSync(`${outdir}/package.json`, '{"type":"commonjs"}\n');
  return entries.sort();
}
