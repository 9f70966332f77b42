import { credentialOffers } from '../dispatch/api.ts';
import type { Caller } from '../shared/auth/caller.ts';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import type { Answer } from '../shared/http/call.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { asked } from '../shared/http/idempotency.ts';
import { pageLinks } from '../shared/http/page-links.ts';
import { bind, bindMosaics } from './bind.ts';
import { summary, type Task } from './model.ts';
import type { MosaicLink } from './results/model.ts';
import { routes } from './routes.ts';
import { manifestForms } from './rules/manifest.ts';
import { deleteTask, pauseTask, resumeTask, retryTask } from './use-cases/control.ts';
import { cancelTask } from './use-cases/stop.ts';
import { createTask } from './use-cases/create-task.ts';
import type { Deps } from './use-cases/deps.ts';
import { readManifest } from './use-cases/manifest.ts';
import { listJobs, ownedTask, taskDetail, taskJob } from './use-cases/owned-tasks.ts';
import { readMosaic } from './use-cases/read-mosaic.ts';
import { taskItems, taskResults } from './use-cases/results.ts';

/** Seconds that a platform may take to describe a process; one that takes longer is no reason to refuse a task. */
const describeWithin = 4;
/** Jobs shown with the task itself. */
const firstPage = 100;

const deps = bind(describeWithin);
const mosaics = bindMosaics(deps);
const offers = credentialOffers(describeWithin);

/** An operation on a task: its answer is the task as it is then. */
const control =
  (act: (its: Deps, task: Task) => Promise<Task>) =>
  async ({ caller, params }: { caller: Caller; params: { taskId: string } }) => ({
    status: 202,
    body: summary(await act(deps, await ownedTask(deps, caller.userId, params.taskId))),
  });

const mosaicAnswer = (made: MosaicLink | undefined): Answer =>
  made === undefined
    ? { status: 202, headers: { 'retry-after': '5' }, body: { message: 'The picture is being made.' } }
    : { status: 303, headers: { location: made.href, 'cache-control': 'no-store' }, body: made };

export const handler = httpHandler<typeof routes>({
  routes,
  door: 'native',
  verify: verifierFromEnv(),
  handlers: {
    createUpscalingTask: async ({ caller, body, headers, url }) => {
      const request = asked(headers['idempotency-key'], 'POST', '/upscale_tasks', body);
      const { task, replayed } = await createTask(deps, caller.userId, body, request, offers({ caller, headers }));
      const location = `${url}/upscale_tasks/${task.taskId}`;
      return { status: 201, headers: { location, ...(replayed ? { 'idempotency-replayed': 'true' } : {}) }, body: summary(task) };
    },
    getUpscalingTask: async ({ caller, params, url }) => {
      const task = await ownedTask(deps, caller.userId, params.taskId);
      const { items, cursor } = await listJobs(deps, task, { limit: firstPage });
      const links = pageLinks(`${url}/upscale_tasks/${task.taskId}/jobs`, { limit: firstPage }, cursor).filter(({ rel }) => rel === 'next');
      return { status: 200, body: await taskDetail(deps, task, items, links) };
    },
    listUpscalingTasks: async ({ caller, query, url }) => {
      const { items, cursor } = await deps.tasks.listOwned(caller.userId, query.limit, query.cursor);
      return { status: 200, body: { tasks: items.map(summary), links: pageLinks(`${url}/upscale_tasks`, query, cursor) } };
    },
    cancelUpscalingTask: control((its, task) => cancelTask(its, task)),
    pauseUpscalingTask: control(pauseTask),
    resumeUpscalingTask: control(resumeTask),
    retryUpscalingTask: control(retryTask),
    deleteUpscalingTask: async ({ caller, params }) => {
      await deleteTask(deps, await ownedTask(deps, caller.userId, params.taskId));
      return { status: 200, body: null };
    },
    listUpscalingJobs: async ({ caller, params, query, url }) => {
      const task = await ownedTask(deps, caller.userId, params.taskId);
      const { items, cursor } = await listJobs(deps, task, { ...query, from: query.cursor });
      const links = pageLinks(`${url}/upscale_tasks/${task.taskId}/jobs`, query, cursor);
      return { status: 200, body: { jobs: items.map(taskJob), links } };
    },
    getUpscalingResults: async ({ caller, params, url }) => ({
      status: 200,
      body: await taskResults(deps, await ownedTask(deps, caller.userId, params.taskId), url),
    }),
    getUpscalingMosaic: async ({ caller, params }) =>
      mosaicAnswer(await readMosaic(mosaics, await ownedTask(deps, caller.userId, params.taskId))),
    listUpscalingItems: async ({ caller, params, query, url }) => {
      const task = await ownedTask(deps, caller.userId, params.taskId);
      const { items, next } = await taskItems(deps, task, { ...query, from: query.cursor, api: url });
      const results = `${url}/upscale_tasks/${task.taskId}/results`;
      const links = [...pageLinks(`${results}/items`, query, next), { rel: 'collection', href: results }];
      const body = { type: 'FeatureCollection', features: items, numberReturned: items.length, links };
      return { status: 200, headers: { 'content-type': 'application/geo+json' }, body };
    },
    getUpscalingManifest: async ({ caller, params, query, url }) => {
      const task = await ownedTask(deps, caller.userId, params.taskId);
      const { text, next } = await readManifest(deps, task, { ...query, from: query.cursor, api: url });
      const more = pageLinks(`${url}/upscale_tasks/${task.taskId}/manifest`, query, next?.toString()).find(({ rel }) => rel === 'next');
      const headers = {
        'content-type': manifestForms[query.format].contentType,
        'content-disposition': `attachment; filename="task-${task.taskId}.${query.format}"`,
        ...(more ? { link: `<${more.href}>; rel="next"` } : {}),
      };
      return { status: 200, headers, body: text };
    },
  },
});
