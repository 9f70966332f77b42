import { platformClient } from '../platforms/clients.ts';
import { registryFromTable } from '../platforms/registry.ts';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { systemClock } from '../shared/time/system.ts';
import { catalogue } from './catalogue.ts';
import { door, routes } from './routes.ts';
import { conformsTo } from './rules/conformance.ts';
import { describeProcess, listProcesses } from './use-cases/processes.ts';

/** Seconds that a platform may take to tell of its processes. */
const times = { connectSeconds: 3, readSeconds: 8 };

const { all } = registryFromTable();
const processes = catalogue(all, (platform) => platformClient(platform, times), systemClock);

export const handler = httpHandler<typeof routes>({
  routes,
  door,
  verify: verifierFromEnv(),
  handlers: {
    showConformance: async () => ({ status: 200, body: { conformsTo } }),
    listProcesses: async ({ query, url }) => {
      const { items, next, prev } = await listProcesses(processes, query, url);
      return { status: 200, body: { processes: items, links: pageLinks(`${url}/processes`, query, next, prev) } };
    },
    describeProcess: async ({ params, url }) => ({ status: 200, body: await describeProcess(processes, params.processId, url) }),
  },
});
