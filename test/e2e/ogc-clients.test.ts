import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { Process, StatusInfo } from '../../lambdas/ogc/model.ts';
import { local, token } from '../support/local.ts';

const run = promisify(execFile);

const installation = spawnSync(process.execPath, ['scripts/clients.mjs'], { encoding: 'utf8' });
const installed = installation.status === 0;
if (!installed) console.warn(`OWSLib cannot be installed here, so nothing is tested with it. ${installation.stderr.trim()}`);

/** What local/clients/owslib_tour.py tells. */
interface Tour {
  conformance: string[];
  processes: string[];
  echo: Process;
  platform: string;
  sync: object;
  one: number;
  reference: Record<string, { href: string }>;
  nothing: object;
  accepted: StatusInfo;
  location: string;
  early: { type: string };
  ended: StatusInfo;
  results: object;
  removed: StatusInfo;
  dismissed: StatusInfo;
  after: string;
  unknown: { status: number; type: string };
  wrong: { status: number; detail: string };
}

(installed ? describe : describe.skip)('OWSLib', () => {
  let tour: Tour;
  beforeAll(async () => {
    const env = { SWATH_API: local().apiUrl, SWATH_TOKEN: await token('alice'), PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout } = await run('.venv-clients/bin/python', ['local/clients/owslib_tour.py'], { env });
    tour = JSON.parse(stdout) as Tour;
  });

  it('finds the service, its processes and their descriptions', () => {
    expect(tour.conformance).toContain('http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core');
    expect(tour.processes).toEqual(expect.arrayContaining(['echo', 'pygeoapi:ndvi']));
    expect(tour.echo).toMatchObject({ id: 'echo', inputs: { text: { schema: { type: 'string' } } } });
    expect(tour.platform).toBe('pygeoapi:ndvi');
  });

  it('gets results at once, as a document, as they are, and by reference', () => {
    expect(tour.sync).toMatchObject({ text: 'hello', number: 4.5 });
    expect(tour.one).toBe(4.5);
    expect(tour.reference['text']!.href).toMatch(/\/jobs\/[^/]+\/results\/text$/);
    expect(tour.nothing).toEqual({}); // links only: OWSLib makes an empty answer an empty dictionary
  });

  it('runs a job, follows it to its end, reads its results and removes it', () => {
    expect(tour.accepted).toMatchObject({ processID: 'echo', type: 'process' });
    expect(tour.location).toBe(`${local().apiUrl}/jobs/${tour.accepted.jobID}`);
    expect(tour.early.type).toMatch(/\/result-not-ready$/);
    expect(tour.ended).toMatchObject({ status: 'successful', progress: 100 });
    expect(tour.results).toMatchObject({ text: 'later' });
    expect(tour.removed).toMatchObject({ jobID: tour.accepted.jobID, status: 'dismissed' });
  });

  it('dismisses a job that runs', () => expect([tour.dismissed.status, tour.after]).toEqual(['dismissed', 'dismissed']));

  it('is told why a request is refused', () => {
    expect(tour.unknown).toMatchObject({ status: 404, type: expect.stringMatching(/\/no-such-process$/) });
    expect(tour.wrong).toMatchObject({ status: 400, detail: expect.stringContaining('/inputs/number') });
  });
});

describe('curl', () => {
  /** The status, the headers and the body of the answer, as a person at a terminal sees them. */
  async function curl(...words: string[]): Promise<{ status: number; head: string; body: string }> {
    const signed = ['-sS', '-D', '-', '-H', `Authorization: Bearer ${await token('alice')}`];
    const { stdout } = await run('curl', [...signed, ...words]);
    const end = stdout.lastIndexOf('\r\n\r\n');
    return {
      status: Number(/^HTTP\/[\d.]+ (\d+)/.exec(stdout)?.[1]),
      head: stdout.slice(0, end).toLowerCase(),
      body: stdout.slice(end + 4),
    };
  }
  const post = (path: string, body: object, ...more: string[]) =>
    curl(`${local().apiUrl}${path}`, '-H', 'Content-Type: application/json', '-d', JSON.stringify(body), ...more);

  it('runs a process and is answered its results', async () => {
    const { status, body } = await post('/processes/echo/execution', { inputs: { text: 'hello' }, outputs: { text: {} } });
    expect([status, body]).toEqual([200, '"hello"']);
  });

  it('with -L reads a single file that the answer leads to', async () => {
    const source = { href: `s3://${local().bucket}/${local().samples.olinda}` };
    const asked = { inputs: { source }, outputs: { quicklook: {} } };
    const { head } = await post('/processes/pygeoapi:ndvi/execution', asked, '-L', '-o', '/dev/null');
    expect(head).toMatch(/^http\/[\d.]+ 303 /);
    expect(head).toContain('content-type: image/png');
  });

  it('starts a job by Prefer and dismisses it', async () => {
    const made = await post('/processes/echo/execution', { inputs: { pause: 60 } }, '-H', 'Prefer: respond-async');
    expect(made.status).toBe(201);
    expect(made.head).toContain('preference-applied: respond-async');
    const { jobID } = JSON.parse(made.body) as StatusInfo;
    expect(made.head).toContain(`/jobs/${jobID}`);
    const gone = await curl('-X', 'DELETE', `${local().apiUrl}/jobs/${jobID}`);
    expect([gone.status, (JSON.parse(gone.body) as StatusInfo).status]).toEqual([200, 'dismissed']);
  });
});
