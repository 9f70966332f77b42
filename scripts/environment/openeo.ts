import { existsSync, mkdirSync } from 'node:fs';
import { choosePort } from './ports.ts';
import { runCommand } from './run.ts';
import type { Servers } from './servers.ts';

const folder = '.venv-openeo';

/** Whether the openEO server is there; `npm start -- --with openeo` brings it where Python 3.11 or newer is. */
export const openEoInstalled = (root: string): boolean => existsSync(`${root}/${folder}/.swath-stamp`);

/**
 * Starts titiler-openeo with batch jobs around it, and the STAC API that it reads the sample scenes from. Its jobs live in memory: also a kept
 * environment begins without any. Answers its base URL.
 */
export async function startOpenEo(servers: Servers, root: string, state: string, port: number): Promise<string> {
  const url = `http://127.0.0.1:${port}`;
  const own = `${state}/openeo`;
  const bin = `${root}/${folder}/bin`;
  mkdirSync(own, { recursive: true });
  const base = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, PYTHONDONTWRITEBYTECODE: '1', TZ: 'UTC' };
  const prepare = [`${bin}/python`, `${root}/local/openeo/scenes.py`, `${root}/local/scenes`, `${own}/catalogue`];
  await runCommand('openeo-scenes', prepare, { state, env: base, cwd: root });

  const stacPort = await choosePort('SWATH_STAC_PORT');
  const stac = `http://127.0.0.1:${stacPort}`;
  const catalogue = ['collection.json', 'items.json'].map((file) => `${own}/catalogue/${file}`);
  await servers.serve('openeo-stac', [`${bin}/rustac`, 'serve', '--addr', `127.0.0.1:${stacPort}`, ...catalogue], base, stac);
  const env = {
    ...base,
    PYTHONPATH: `${root}/local/openeo`,
    SWATH_OPENEO_URL: url,
    SWATH_OPENEO_JOBS: `${own}/jobs`,
    SWATH_OPENEO_DELAY: '3', // so that a job is seen running, and can be stopped
    TITILER_OPENEO_STAC_API_URL: stac,
    TITILER_OPENEO_STORE_URL: `sqlite:///${own}/store.sqlite`,
  };
  const uvicorn = [`${bin}/uvicorn`, 'app:app', '--host', '127.0.0.1', '--port', String(port), '--log-level', 'warning'];
  await servers.serve('openeo', uvicorn, env, `${url}/`);
  return url;
}
