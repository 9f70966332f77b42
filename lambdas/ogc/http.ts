import { credentialOffers } from '../dispatch/api.ts';
import { dynamo } from '../shared/aws.ts';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { env } from '../shared/env.ts';
import type { Call } from '../shared/http/call.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { asked } from '../shared/http/idempotency.ts';
import { page } from '../shared/http/page.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { preferences, type Preferences } from '../shared/http/prefer.ts';
import { boundDoor, describeWithin } from './bind.ts';
import { dynamoKeys } from './callbacks/dynamo.ts';
import { publicKeys } from './rules/calls.ts';
import type { Execute } from './model.ts';
import { packageHandlers } from './packages/handlers.ts';
import { routes as packages } from './packages/routes.ts';
import { door, routes as core } from './routes.ts';
import { conformsTo } from './rules/conformance.ts';
import { fromTep } from './rules/tep.ts';
import { executeProcess } from './use-cases/execute.ts';
import { dismissJob, listJobs, showJob, showOutput, showResults, showRunlog } from './use-cases/jobs.ts';
import { describeProcess, listProcesses } from './use-cases/processes.ts';

const deps = boundDoor();
const routes = [...core, ...packages] as const;

const offers = credentialOffers(describeWithin);

/** An execution in the standard's words, whichever its client spoke. */
const execute = (
  {
    caller,
    params: { processId },
    query,
    headers,
  }: Pick<Call, 'caller' | 'headers'> & { params: { processId: string }; query: { responseHandler?: string[] | undefined } },
  body: Execute,
  prefer: Preferences,
) =>
  executeProcess(deps, {
    viewer: caller,
    processId,
    execute: body,
    handlers: query.responseHandler,
    request: asked(headers['idempotency-key'], 'POST', `/processes/${processId}/execution`, { ...body, ...query }),
    prefer,
    offer: offers({ caller, headers }),
  });

export const handler = httpHandler<typeof routes>({
  routes,
  door,
  page: page(deps.url, env('WEBSOCKET_URL')),
  verify: verifierFromEnv(),
  handlers: {
    ...packageHandlers(deps),
    showCallbackKeys: async () => {
      const key = await dynamoKeys(dynamo(), env('CREDENTIALS_TABLE')).get();
      return { status: 200, body: publicKeys(key === undefined ? [] : [key]) };
    },
    showConformance: async () => ({ status: 200, body: { conformsTo } }),
    listProcesses: async ({ caller, query, url }) => {
      const { items, next, prev } = await listProcesses(deps, caller, query, url);
      return { status: 200, body: { processes: items, links: pageLinks(`${url}/processes`, query, next, prev) } };
    },
    describeProcess: async ({ caller, params, url }) => ({ status: 200, body: await describeProcess(deps, caller, params.processId, url) }),
    executeProcess: (call) => execute(call, call.body, preferences(call.headers['prefer'])),
    executeProcessAsTep: (call) => {
      const { execute: body, prefer } = fromTep(call.body, preferences(call.headers['prefer']));
      return execute(call, body, prefer);
    },
    listJobs: async ({ caller, query, url }) => {
      const asks = { userId: caller.userId, isAdministrator: caller.roles.includes('administrator') };
      const { jobs, cursor } = await listJobs(deps, asks, query);
      return { status: 200, body: { jobs, links: pageLinks(`${url}/jobs`, query, cursor) } };
    },
    showJob: async ({ caller, params }) => ({ status: 200, body: await showJob(deps, caller.userId, params.jobId) }),
    dismissJob: async ({ caller, params }) => ({ status: 200, body: await dismissJob(deps, caller.userId, params.jobId) }),
    showRunlog: async ({ caller, params }) => ({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: await showRunlog(deps, caller.userId, params.jobId),
    }),
    showResults: async ({ caller, params }) => showResults(deps, await deps.jobs.look(caller.userId, params.jobId)),
    showOutput: async ({ caller, params }) => showOutput(deps, caller.userId, params.jobId, params.outputId),
  },
});
