import { mkdirSync, writeFileSync } from 'node:fs';
import { runCommand } from './run.ts';
import type { Servers } from './servers.ts';

/** Starts pygeoapi with the NDVI process. One worker: its job store is a file that two would write at once. */
export async function startPygeoapi(servers: Servers, root: string, state: string, port: number): Promise<string> {
  const url = `http://127.0.0.1:${port}`;
  const folder = `${state}/pygeoapi`;
  for (const name of ['jobs', 'files']) mkdirSync(`${folder}/${name}`, { recursive: true });
  const env = {
    PATH: `${root}/.venv/bin:/usr/local/bin:/usr/bin:/bin`,
    PYTHONPATH: `${root}/local`,
    PYTHONDONTWRITEBYTECODE: '1',
    PYGEOAPI_CONFIG: `${root}/local/pygeoapi-config.yml`,
    PYGEOAPI_OPENAPI: `${folder}/openapi.yml`,
    SWATH_PYGEOAPI_PORT: String(port),
    SWATH_PYGEOAPI_URL: url,
    SWATH_PYGEOAPI_JOBS: `${folder}/jobs`,
    SWATH_FILES_DIR: `${folder}/files`,
    SWATH_FILES_URL: `${url}/files`,
    TZ: 'UTC',
  };
  writeFileSync(env.PYGEOAPI_OPENAPI, '');
  const generate = [`${root}/.venv/bin/pygeoapi`, 'openapi', 'generate', env.PYGEOAPI_CONFIG, '--output-file', env.PYGEOAPI_OPENAPI];
  await runCommand('pygeoapi-openapi', generate, { state, env, cwd: root });
  const gunicorn = [`${root}/.venv/bin/gunicorn`, '--workers', '1', '--threads', '8', '--bind', `127.0.0.1:${port}`, '--timeout', '120'];
  await servers.serve('pygeoapi', [...gunicorn, '--no-control-socket', 'platform_app:APP'], env, `${url}/?f=json`);
  return url;
}
