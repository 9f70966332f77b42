import { build, type BuildOptions } from 'esbuild';
import { copyFileSync, globSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

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

/** What lies beside a bundle because it cannot be in it: GDAL as WebAssembly, and its data. */
const gdal = ['gdal3WebAssembly.wasm', 'gdal3WebAssembly.data'].map((file) => `gdal3.js/dist/package/${file}`);
const besides: Record<string, string[]> = { 'platforms/builtin/on-run-raster': gdal, 'upscaling/on-mosaic': gdal };

/**
 * Bundles every entry point of lambdas/ to `<outdir>/<its path without .ts>/index.js` in one call; answers their names. Whoever
 * calls gives an empty folder of its own: two environments that bundle at once must not read each other's files.
 */
export async function bundle(outdir: string): Promise<string[]> {
  const entries = globSync('lambdas/**/{http,on-*,task-*}.ts', { cwd: root }).map((file) => file.replace(/^lambdas\/|\.ts$/g, ''));
  const entryPoints = Object.fromEntries(entries.map((name) => [`${name}/index`, `${root}/lambdas/${name}.ts`]));
  await build({ ...bundling, entryPoints, outdir });
  for (const [name, files] of Object.entries(besides))
    for (const file of files) copyFileSync(`${root}/node_modules/${file}`, `${outdir}/${name}/${basename(file)}`);
  const pages = `${outdir}/landing/http`;
  await build({
    entryPoints: [`${root}/web/main.ts`],
    outfile: `${pages}/app.js`,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
  });
  copyFileSync(`${root}/web/style.css`, `${pages}/style.css`);
  // In Lambda a bundle stands alone; here it may lie below the repository's "type": "module".
  writeFileSync(`${outdir}/package.json`, '{"type":"commonjs"}\n');
  return entries.sort();
}
