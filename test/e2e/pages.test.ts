import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { local, token } from '../support/local.ts';

const folder = 'local/browser';
/** Why there is no browser here; undefined where there is one. */
function missing(): string | undefined {
  if (process.arch !== 'x64') return `its package has no Chromium for ${process.arch}`;
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) return undefined;
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim().split('\n').slice(0, 3).join(' ');
}
const reason = missing();
if (reason !== undefined) console.warn(`The pages are not tested in a browser: ${reason}`);

/** What local/browser/tour.mjs saw. */
interface Tour {
  complaints: string[];
  landing: string;
  refusal: string;
  processes: string;
  unlabelled: number;
  fault: string;
  results: string;
  markup: number;
  kept: number;
}

(reason === undefined ? describe : describe.skip)('Somebody with a browser', () => {
  let tour: Tour;
  beforeAll(async () => {
    const env = { SWATH_API: local().apiUrl, SWATH_TOKEN: await token('alice'), PATH: process.env['PATH'], TMPDIR: tmpdir() };
    const { stdout } = await promisify(execFile)(process.execPath, [`${folder}/tour.mjs`], { env });
    tour = JSON.parse(stdout) as Tour;
  });

  it('finds what the service is, and signs in by a token that works', () => {
    expect(tour.landing).toContain('Which standards are implemented');
    expect(tour.refusal).toContain('token');
    expect(tour.processes).toContain('pygeoapi:ndvi');
  });

  it('fills in a form that is labelled, and is told beside the input what is wrong with it', () => {
    expect(tour.unlabelled).toBe(0);
    expect(tour.fault).toContain('integer');
  });

  it('sees a job live to its end, with its results as they are, and its log', () => {
    expect(tour.results).toContain('successful');
    expect(tour.results).toContain('hello <b>there</b>');
    expect(tour.results).toContain('The job is finished.');
    expect(tour.markup).toBe(0);
  });

  it('leaves nothing behind when signing out; and no page does what its policy forbids', () => {
    expect(tour.kept).toBe(0);
    expect(tour.complaints).toEqual([]);
  });
});

describe('The pages', () => {
  it.each(['/', '/processes', '/processes/echo', '/jobs', '/jobs/any'])(
    'are at %s for browsers, who need no token for them',
    async (path) => {
      const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
      const answer = await fetch(`${local().apiUrl}${path}`, { headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(answer.headers.get('vary')).toContain('accept');
      expect(await answer.text()).not.toMatch(/<script>|onclick=|style=/);
    },
  );

  it('hold no data: programs are asked for their token as ever', async () => {
    for (const accept of ['application/json', '*/*', 'application/json, text/html;q=0.9']) {
      const answer = await fetch(`${local().apiUrl}/jobs`, { headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/json']);
    }
  });
});
