import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { asked } from '../shared/http/idempotency.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { preferences } from '../shared/http/prefer.ts';
import { boundDoor } from './bind.ts';
import { packageHandlers } from './packages/handlers.ts';
import { routes as packages } from './packages/routes.ts';
import { door, routes as core } from './routes.ts';
import { conformsTo } from './rules/conformance.ts';
import { executeProcess } from './use-cases/execute.ts';
import { dismissJob, listJobs, showJob, showOutput, showResults } from './use-cases/jobs.ts';
import { describeProcess, listProcesses } from './use-cases/processes.ts';

const deps = boundDoor();
const routes = [...core, ...packages] as const;

export const handler = httpHandler<typeof routes>({
  routes,
  door,
  verify: verifierFromEnv(),
  handlers: {
    ...packageHandlers(deps),
    showConformance: async () => ({ status: 200, body: { conformsTo } }),
    listProcesses: async ({ caller, query, url }) => {
      const { items, next, prev } = await listProcesses(deps, caller, query, url);
      return { status: 200, body: { processes: items, links: pageLinks(`${url}/processes`, query, next, prev) } };
    },
    describeProcess: async ({ caller, params, url }) => ({ status: 200, body: await describeProcess(deps, caller, params.processId, url) }),
    executeProcess: async ({ caller, params, headers, body }) =>
      executeProcess(deps, {
        viewer: caller,
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
