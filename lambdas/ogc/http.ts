import { setTimeout as pause } from 'node:timers/promises';
import { boundJobCore } from '../dispatch/api.ts';
import { platformClient } from '../platforms/clients.ts';
import { registryFromTable } from '../platforms/registry.ts';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { env } from '../shared/env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { asked } from '../shared/http/idempotency.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { preferences } from '../shared/http/prefer.ts';
import { systemClock } from '../shared/time/system.ts';
import { urlFault } from '../shared/url-guard.ts';
import { valueFaults } from './ajv.ts';
import { catalogue } from './catalogue.ts';
import { door, routes } from './routes.ts';
import { conformsTo } from './rules/conformance.ts';
import type { Deps } from './use-cases/deps.ts';
import { executeProcess } from './use-cases/execute.ts';
import { dismissJob, listJobs, showJob, showOutput, showResults } from './use-cases/jobs.ts';
import { describeProcess, listProcesses } from './use-cases/processes.ts';

/** Seconds that a platform may take to tell of its processes. */
const times = { connectSeconds: 3, readSeconds: 8 };
/** The same where a job is made: one that takes longer is no reason to refuse it. */
const describeWithin = 4;

const { all } = registryFromTable();
/** Only beside an emulator do platforms and clients run on this machine. */
const urlRules = { schemes: ['https:', 'http:'], loopback: process.env['AWS_ENDPOINT_URL'] !== undefined };
const deps: Deps = {
  catalogue: catalogue(all, (platform) => platformClient(platform, times), systemClock),
  jobs: boundJobCore(describeWithin),
  // Files of a workspace are named by `s3:`; the core looks whose they are.
  judges: { values: valueFaults, url: (href) => (href.startsWith('s3://') ? undefined : urlFault(href, urlRules)) },
  clock: systemClock,
  wait: { pause: (ms) => pause(ms) },
  url: env('API_URL').replace(/\/+$/, ''),
};

export const handler = httpHandler<typeof routes>({
  routes,
  door,
  verify: verifierFromEnv(),
  handlers: {
    showConformance: async () => ({ status: 200, body: { conformsTo } }),
    listProcesses: async ({ query, url }) => {
      const { items, next, prev } = await listProcesses(deps.catalogue, query, url);
      return { status: 200, body: { processes: items, links: pageLinks(`${url}/processes`, query, next, prev) } };
    },
    describeProcess: async ({ params, url }) => ({ status: 200, body: await describeProcess(deps.catalogue, params.processId, url) }),
    executeProcess: async ({ caller, params, headers, body }) =>
      executeProcess(deps, {
        owner: caller.userId,
        processId: params.processId,
        execute: body,
        request: asked(headers['idempotency-key'], 'POST', `/processes/${params.processId}/execution`, body),
        prefer: preferences(headers['prefer']),
      }),
    listJobs: async ({ caller, query, url }) => {
      const { jobs, cursor } = await listJobs(deps, caller.userId, query);
      return { status: 200, body: { jobs, links: pageLinks(`${url}/jobs`, query, cursor) } };
    },
    showJob: async ({ caller, params }) => ({ status: 200, body: await showJob(deps, caller.userId, params.jobId) }),
    dismissJob: async ({ caller, params }) => ({ status: 200, body: await dismissJob(deps, caller.userId, params.jobId) }),
    showResults: async ({ caller, params }) => showResults(deps, await deps.jobs.look(caller.userId, params.jobId)),
    showOutput: async ({ caller, params }) => showOutput(deps, caller.userId, params.jobId, params.outputId),
  },
});
