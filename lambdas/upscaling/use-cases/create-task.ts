import type { RequestRecord } from '../../dispatch/model.ts';
import { Problem } from '../../shared/problem.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Task, TaskRequest } from '../model.ts';
import type { Offer } from '../ports.ts';
import { boxKeeper } from '../rules/boxes.ts';
import { linesOf } from '../rules/dimension.ts';
import { begun } from '../rules/work.ts';
import type { Deps } from './deps.ts';
import { noSuchTask } from './owned-tasks.ts';
import { checkedValues } from './values.ts';

/** How a request is known that is to make one task, however often it is sent. */
interface Asked {
  key: string;
  fingerprint: string;
}
const keptSeconds = 7 * 24 * 3600;

/**
 * Accepts a task: checks the request as for one job, keeps values and template, then the task. Its jobs are written by a
 * state machine that follows from the task's being there. What a crash leaves in front of the task is a file and items
 * that nobody refers to.
 */
export async function createTask(
  deps: Deps,
  owner: string,
  { dimension, canary, maxFailures, onFailure, ...request }: TaskRequest,
  asked: Asked | undefined,
  offer: Offer = async () => undefined,
): Promise<{ task: Task; replayed: boolean }> {
  const now = deps.clock.now();
  const known = asked && (await deps.tasks.request(owner, asked.key));
  if (known && known.expires > Math.floor(now / 1000)) return { task: await taskOf(deps, known, asked), replayed: true };

  const values = await checkedValues(deps, owner, { dimension, parameters: request.parameters });
  const place = await deps.core.place(owner, request, offer);
  const taskId = deps.ids.next();
  const areas = boxKeeper();
  const { key, offsets, count } = await deps.values.write(owner, taskId, linesOf(values, areas.see));
  await deps.core.keepTemplate(owner, {
    jobId: taskId,
    format: request.format,
    service: { endpoint: request.service.endpoint, application: request.service.application },
    parameters: request.parameters,
    dimension: dimension.name,
    valuesKey: key,
    offsets,
  });
  const extent = areas.box();
  const task: Task = {
    taskId,
    owner,
    title: request.title,
    label: request.label,
    ...place,
    ...(request.onAmbiguous ? { onAmbiguous: request.onAmbiguous } : {}),
    process: request.service.application,
    status: 'created',
    incarnation: 1,
    version: 1,
    ...options({ canary, maxFailures, onFailure }),
    dimension: dimension.name,
    total: count,
    offsets,
    ...(extent ? { extent: [...extent] } : {}),
    ...begun('expand', 1, now, deps.settings),
    created: iso(now),
    updated: iso(now),
  };
  const record: RequestRecord | undefined = asked && {
    owner,
    ...asked,
    jobId: taskId,
    created: task.created,
    expires: Math.floor(ms(task.created) / 1000) + keptSeconds,
  };
  if (await deps.tasks.create(task, record)) return { task, replayed: false };
  const first = asked && (await deps.tasks.request(owner, asked.key));
  if (first === undefined) throw new Error('REQUEST_GONE: the record that refused a task is not there');
  return { task: await taskOf(deps, first, asked!), replayed: first.jobId !== taskId };
}

const options = ({ canary, maxFailures, onFailure }: Pick<TaskRequest, 'canary' | 'maxFailures' | 'onFailure'>) => ({
  ...(canary === undefined ? {} : { canary }),
  ...(maxFailures === undefined ? {} : { maxFailures }),
  ...(onFailure === undefined ? {} : { onFailure }),
});

async function taskOf(deps: Pick<Deps, 'tasks'>, record: RequestRecord, { fingerprint }: Asked): Promise<Task> {
  if (record.fingerprint !== fingerprint)
    throw new Problem(422, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key belongs to another request: take a new key for a new request.');
  const task = await deps.tasks.get(record.jobId);
  if (task === undefined) throw noSuchTask(record.jobId);
  return task;
}
