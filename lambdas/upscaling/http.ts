import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { asked } from '../shared/http/idempotency.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { bind } from './bind.ts';
import { summary } from './model.ts';
import { routes } from './routes.ts';
import { createTask } from './use-cases/create-task.ts';
import { listJobs, ownedTask, taskDetail, taskJob } from './use-cases/owned-tasks.ts';

/** Seconds that a platform may take to describe a process; one that takes longer is no reason to refuse a task. */
const describeWithin = 4;
/** Jobs shown with the task itself. */
const firstPage = 100;

const deps = bind(describeWithin);

export const handler = httpHandler<typeof routes>({
  routes,
  door: 'native',
  verify: verifierFromEnv(),
  handlers: {
    createUpscalingTask: async ({ caller, body, headers, url }) => {
      const request = asked(headers['idempotency-key'], 'POST', '/upscale_tasks', body);
      const { task, replayed } = await createTask(deps, caller.userId, body, request);
      const location = `${url}/upscale_tasks/${task.taskId}`;
      return { status: 201, headers: { location, ...(replayed ? { 'idempotency-replayed': 'true' } : {}) }, body: summary(task) };
    },
    getUpscalingTask: async ({ caller, params, url }) => {
      const task = await ownedTask(deps, caller.userId, params.taskId);
      const { items, cursor } = await listJobs(deps, task, firstPage, 0);
      const links = pageLinks(`${url}/upscale_tasks/${task.taskId}/jobs`, { limit: firstPage }, cursor).filter(({ rel }) => rel === 'next');
      return { status: 200, body: await taskDetail(deps, task, items, links) };
    },
    listUpscalingJobs: async ({ caller, params, query, url }) => {
      const task = await ownedTask(deps, caller.userId, params.taskId);
      const { items, cursor } = await listJobs(deps, task, query.limit, query.cursor ?? 0);
      const links = pageLinks(`${url}/upscale_tasks/${task.taskId}/jobs`, query, cursor);
      return { status: 200, body: { jobs: items.map(taskJob), links } };
    },
  },
});
