import { Problem } from '../../shared/problem.ts';
import { iso } from '../../shared/time/clock.ts';
import type { Job, JobRequest, Template } from '../model.ts';
import { childOf, type Family } from '../rules/children.ts';
import { laneOf } from '../rules/lane.ts';
import { unreadable } from '../rules/references.ts';
import { announce } from './create-job.ts';
import type { Deps } from './deps.ts';
import { findService, type Find } from './service.ts';

/** What the job core does for upscaling tasks: their jobs are jobs like any other, written by the chunk. */
export const childrenOf = (deps: Deps, find: Find) => ({
  async place(owner: string, request: JobRequest): Promise<Pick<Job, 'laneId' | 'platformId' | 'deadline'>> {
    const { platform } = await findService(deps, request, find);
    const foreign = unreadable(request.parameters, deps.workspace.bucket, owner);
    if (foreign.length > 0)
      throw new Problem(403, 'FORBIDDEN', 'The parameters refer to files that you may not read: see details.', { errors: foreign });
    const deadline = iso(deps.clock.now() + platform.deadlineHours * 3_600_000);
    return { laneId: laneOf(platform.id), platformId: platform.id, deadline };
  },
  keepTemplate: (owner: string, template: Template) => deps.jobs.keepTemplate(owner, template),
  template: (taskId: string) => deps.jobs.template(taskId),
  announce: (family: Family) => announce(deps, family),
  writeJobs: (family: Family, first: number, values: readonly unknown[], isCancelled: boolean) =>
    deps.jobs.createChildren(values.map((value, n) => childOf(family, first + n, value, deps.clock.now(), isCancelled))),
  jobs: (taskId: string, chunk: number) => deps.jobs.children(taskId, chunk),
});
