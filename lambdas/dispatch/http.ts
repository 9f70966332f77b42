import { setTimeout as pause } from 'node:timers/promises';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { asked } from '../shared/http/idempotency.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { preferences } from '../shared/http/prefer.ts';
import { newestTasks } from '../upscaling/api.ts';
import { bind, credentialOffers } from './bind.ts';
import { isFinal, summary, type JobsStatus } from './model.ts';
import { routes } from './routes.ts';
import { awaitAnswer } from './use-cases/await-answer.ts';
import { awaitSubmission } from './use-cases/create-job.ts';
import { createJobOnce } from './use-cases/create-once.ts';
import { cancelJob, deleteJob, jobDetail, jobsStatus, listJobs, ownedJob } from './use-cases/owned-jobs.ts';
import { readLogs } from './use-cases/logs.ts';
import { platformEstimate } from './use-cases/platform-estimate.ts';
import { readResults } from './use-cases/results.ts';
import { retryJob } from './use-cases/retry-job.ts';
import { offering, serviceParameters } from './use-cases/service.ts';
import { watchLane } from './use-cases/watch-lane.ts';

/** The dispatch design submits before it answers: so long the answer waits for the platform's id, at most and by default. */
const [longestWait, usualWait] = [25, 5];

/** Tasks that `/jobs_status` shows beside the first page of jobs. */
const tasksShown = 100;

/** Seconds that a platform may take to describe a process; one that takes longer is no reason to refuse a job. */
const describeWithin = 4;

const { deps, platforms } = bind(describeWithin);
const offers = credentialOffers(describeWithin);
/** Finds platforms for one request; what follows already runs as its sender. */
const findFor = (sent: Parameters<typeof offers>[0]) => offering(platforms.find, offers(sent));

/** What a platform answered is not ours: a browser takes it for what it says it is, and runs nothing in it. */
const foreign = { 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' };

export const handler = httpHandler<typeof routes>({
  routes,
  door: 'native',
  verify: verifierFromEnv(),
  handlers: {
    createUnitJob: async ({ caller, body, headers, url }) => {
      const request = asked(headers['idempotency-key'], 'POST', '/unit_jobs', body);
      const { wait, respondAsync } = preferences(headers['prefer']);
      const seconds = respondAsync ? 0 : Math.min(wait ?? usualWait, longestWait);
      const until = deps.clock.now() + seconds * 1000;
      const { job: made, replayed } = await createJobOnce(deps, caller.userId, body, findFor({ caller, headers }), request);
      const job = replayed ? made : await awaitSubmission(deps, made, until, pause);
      const location = `${url}/unit_jobs/${job.jobId}`;
      const applied = respondAsync ? 'respond-async' : wait === undefined ? undefined : `wait=${seconds}`;
      const more: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : applied ? { 'preference-applied': applied } : {};
      return { status: 201, headers: { location, ...more }, body: await jobDetail(deps, job) };
    },
    listUnitJobs: async ({ caller, query, url }) => {
      const { items, cursor } = await listJobs(deps, caller.userId, query);
      const links = pageLinks(`${url}/unit_jobs`, query, cursor);
      return { status: 200, body: { jobs: items.map(summary), links } };
    },
    getUnitJob: async ({ caller, params }) => {
      const job = await ownedJob(deps, caller.userId, params.jobId);
      if (!isFinal(job.status)) await watchLane(deps, job.laneId);
      return { status: 200, body: await jobDetail(deps, job) };
    },
    deleteUnitJob: async ({ caller, params, query }) => {
      await deleteJob(deps, await ownedJob(deps, caller.userId, params.jobId), query.keep_results === 'true');
      return { status: 200, body: null };
    },
    getUnitJobResults: async ({ caller, params, query, url }) => {
      const job = await ownedJob(deps, caller.userId, params.jobId);
      const body = await readResults(deps, job, `${url}/unit_jobs/${job.jobId}/results`, {
        partial: query.partial === 'true',
        links: query.links,
      });
      return { status: 200, headers: { 'content-type': 'application/geo+json' }, body };
    },
    getUnitJobLogs: async ({ caller, params, query, url }) => {
      const job = await ownedJob(deps, caller.userId, params.jobId);
      const { items, cursor } = await readLogs(deps, job, query);
      return { status: 200, body: { logs: items, links: pageLinks(`${url}/unit_jobs/${job.jobId}/logs`, query, cursor) } };
    },
    getUnitJobEstimate: async ({ caller, params }) => ({
      status: 200,
      body: await platformEstimate(deps, await ownedJob(deps, caller.userId, params.jobId)),
    }),
    cancelUnitJob: async ({ caller, params }) => ({
      status: 202,
      body: await jobDetail(deps, await cancelJob(deps, await ownedJob(deps, caller.userId, params.jobId))),
    }),
    retryUnitJob: async ({ caller, params }) => ({
      status: 202,
      body: await jobDetail(deps, await retryJob(deps, await ownedJob(deps, caller.userId, params.jobId))),
    }),
    runSynchronously: async ({ caller, body, headers, url }) => {
      const request = asked(headers['idempotency-key'], 'POST', '/sync_jobs', body);
      const { wait, respondAsync } = preferences(headers['prefer']);
      const until = deps.clock.now() + (respondAsync ? 0 : Math.min(wait ?? longestWait, longestWait)) * 1000;
      const { job: made, replayed } = await createJobOnce(deps, caller.userId, body, findFor({ caller, headers }), request, 'sync');
      const { job, end } = await awaitAnswer(deps, made, until, pause);
      const address = `${url}/unit_jobs/${job.jobId}`;
      const more: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : {};
      if (end === 'goes on')
        return { status: 303, headers: { location: address, 'retry-after': '2', ...more }, body: await jobDetail(deps, job) };
      if (end === 'elsewhere')
        return { status: 303, headers: { location: `${address}/results`, ...more }, body: await jobDetail(deps, job) };
      return {
        status: 200,
        headers: { 'content-type': end.contentType, link: `<${address}>; rel="monitor"`, ...foreign, ...more },
        body: end.bytes,
      };
    },
    listJobsStatus: async ({ caller, query, url }) => {
      const wanted = query.filter ?? ['upscaling', 'processing'];
      const { items, cursor } = wanted.includes('processing') ? await jobsStatus(deps, caller.userId, query) : { items: [] };
      const tasks = wanted.includes('upscaling') && query.cursor === undefined ? await newestTasks(caller.userId, tasksShown) : [];
      const upscaling = tasks.map(({ id, title, label, status }) => ({ id, title, label, status }));
      const body: JobsStatus = {
        upscaling_tasks: upscaling,
        processing_jobs: items,
        links: pageLinks(`${url}/jobs_status`, query, cursor),
      };
      return { status: 200, body };
    },
    describeService: async ({ caller, headers, body }) => ({
      status: 200,
      body: await serviceParameters(deps, caller.userId, body, findFor({ caller, headers })),
    }),
  },
});
