import { setTimeout as pause } from 'node:timers/promises';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { preferences } from '../shared/http/prefer.ts';
import { bind } from './bind.ts';
import { summary } from './model.ts';
import { routes } from './routes.ts';
import { awaitSubmission, createJob } from './use-cases/create-job.ts';
import { cancelJob, deleteJob, jobDetail, listJobs, ownedJob } from './use-cases/owned-jobs.ts';
import { readResults } from './use-cases/results.ts';

/** The dispatch design submits before it answers: so long the answer waits for the platform's id, at most and by default. */
const [longestWait, usualWait] = [25, 5];

const { deps, platforms } = bind();

export const handler = httpHandler<typeof routes>({
  routes,
  door: 'native',
  verify: verifierFromEnv(),
  handlers: {
    createUnitJob: async ({ caller, body, headers, url }) => {
      const { wait, respondAsync } = preferences(headers['prefer']);
      const seconds = respondAsync ? 0 : Math.min(wait ?? usualWait, longestWait);
      const until = deps.clock.now() + seconds * 1000;
      const created = await createJob(deps, caller.userId, body, platforms.find);
      const job = await awaitSubmission(deps, created, until, pause);
      const applied = respondAsync ? 'respond-async' : wait === undefined ? undefined : `wait=${seconds}`;
      return {
        status: 201,
        headers: { location: `${url}/unit_jobs/${job.jobId}`, ...(applied ? { 'preference-applied': applied } : {}) },
        body: await jobDetail(deps, job),
      };
    },
    listUnitJobs: async ({ caller, query, url }) => {
      const { items, cursor } = await listJobs(deps, caller.userId, query);
      const self = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]));
      const next = new URLSearchParams(self);
      if (cursor) next.set('cursor', cursor);
      const links = [
        { rel: 'self', href: `${url}/unit_jobs?${self}` },
        ...(cursor ? [{ rel: 'next', href: `${url}/unit_jobs?${next}` }] : []),
      ];
      return { status: 200, body: { jobs: items.map(summary), links } };
    },
    getUnitJob: async ({ caller, params }) => ({
      status: 200,
      body: await jobDetail(deps, await ownedJob(deps, caller.userId, params.jobId)),
    }),
    deleteUnitJob: async ({ caller, params }) => {
      await deleteJob(deps, await ownedJob(deps, caller.userId, params.jobId));
      return { status: 200, body: null };
    },
    getUnitJobResults: async ({ caller, params, url }) => ({
      status: 200,
      headers: { 'content-type': 'application/geo+json' },
      body: await readResults(deps, await ownedJob(deps, caller.userId, params.jobId), `${url}/unit_jobs/${params.jobId}/results`),
    }),
    cancelUnitJob: async ({ caller, params }) => ({
      status: 202,
      body: await jobDetail(deps, await cancelJob(deps, await ownedJob(deps, caller.userId, params.jobId))),
    }),
  },
});
