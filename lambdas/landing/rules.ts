import type { LandingPage } from './model.ts';

const json = 'application/json';
const ogc = 'http://www.opengis.net/def/rel/ogc/1.0';

/** The landing page of the service at `url` (absolute, without a slash at its end); `socket` is its live status. */
export const landingPage = (url: string, socket: string): LandingPage => ({
  title: 'Swath',
  description: 'Earth-observation processing services of several platforms behind one door: run them, watch them live, get their results.',
  links: [
    { rel: 'self', href: `${url}/`, type: json, title: 'This page' },
    {
      rel: 'service-desc',
      href: `${url}/api`,
      type: 'application/vnd.oai.openapi+json;version=3.1',
      title: 'The API, as an OpenAPI document',
    },
    { rel: `${ogc}/conformance`, href: `${url}/conformance`, type: json, title: 'Which standards are implemented' },
    { rel: `${ogc}/processes`, href: `${url}/processes`, type: json, title: 'The processes of all platforms' },
    { rel: `${ogc}/job-list`, href: `${url}/jobs`, type: json, title: 'Your jobs, as OGC API - Processes has them' },
    { rel: 'status', href: `${url}/health`, type: json, title: 'Whether the service answers' },
    { rel: 'related', href: `${url}/platforms`, type: json, title: 'The platforms that do the processing' },
    { rel: 'related', href: `${url}/unit_jobs`, type: json, title: 'Your jobs' },
    { rel: 'related', href: socket, type: json, title: 'Live status of your jobs: a WebSocket, opened with a ticket' },
  ],
});

/** Where a path with doubled or trailing slashes should have gone; nothing for a path without. */
export function plainPath(path: string): string | undefined {
  const plain = `/${path.split('/').filter(Boolean).join('/')}`;
  return plain === path ? undefined : plain;
}
