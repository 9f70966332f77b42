/** A bug as a patch: the text `from` of a file is `to`. */
export interface KnownBug {
  name: string;
  file: string;
  from: string;
  to: string;
}

const submit = 'lambdas/dispatch/use-cases/submit.ts';
const stores = 'test/support/memory-stores.ts';

/**
 * Bugs that such systems have had, and that no single condition of a write keeps out. Patches of the stores in memory stand for
 * adapters that lost a condition of theirs.
 */
export const knownBugs: readonly KnownBug[] = [
  {
    name: 'the place of a waiting job is freed though a dead worker’s claim may still come to it',
    file: 'lambdas/dispatch/use-cases/settle-lane.ts',
    from: '(await deps.jobs.update(job, writes.fence(job))).ok',
    to: 'true',
  },
  {
    name: 'a job that was claimed as its platform was removed stays as it is for ever',
    file: 'lambdas/dispatch/use-cases/poll-lane.ts',
    from: 'if (platform === undefined) return endWithoutPlatform(deps, before);',
    to: 'if (platform === undefined) return;',
  },
  {
    name: 'nobody comes for a token after a place came free',
    file: 'lambdas/dispatch/use-cases/poll-lane.ts',
    from: "else if ('nextAt' in room && room.nextAt < now + tickSeconds * 1000)",
    to: 'else if (false)',
  },
  {
    name: 'the share of a task follows whoever writes it last',
    file: 'test/support/memory-stores.ts',
    from: 'if ((known?.taskVersion ?? 0) > taskVersion) return;',
    to: '',
  },
  {
    name: 'a job that is taken up begins again though another has its place',
    file: 'lambdas/dispatch/use-cases/poll-lane.ts',
    from: '(lane?.item?.slots?.size ?? 0) > running',
    to: 'false',
  },
  {
    name: 'what is parked for a recount is a change that makes none',
    file: 'lambdas/dispatch/use-cases/follow-changes.ts',
    from: 'changes.find(counts)!',
    to: 'changes.find(({ after }) => after?.taskId === taskId)!',
  },
  {
    name: 'who dies between a task and its share leaves them apart',
    file: 'lambdas/upscaling/use-cases/follow-task.ts',
    from: 'closedBy(before) === closedBy(after)',
    to: 'true',
  },
  {
    name: 'a share that is opened for somebody else lies in a lane that nobody looks at',
    file: 'lambdas/upscaling/use-cases/follow-task.ts',
    from: 'closedBy(after) === undefined && !isOver(after.status)',
    to: 'false',
  },
  {
    name: 'a job is cancelled in a lane that nobody looks at',
    file: 'lambdas/dispatch/use-cases/owned-jobs.ts',
    from: "if (!ends && seen.status === 'queued')",
    to: 'if (false)',
  },
  {
    name: 'work on a task whose execution died is not taken up',
    file: 'lambdas/upscaling/use-cases/sweep.ts',
    from: 'await deps.tasks.update(taskId, takeUp(task, now, deps.settings))',
    to: '{ ok: true }',
  },
  {
    name: 'a chunk begins without looking how long its work is left alone',
    file: 'lambdas/upscaling/use-cases/work.ts',
    from: 'if (!isShort(task, now, deps.settings)) return task;',
    to: 'return task;',
  },
  {
    name: 'the platform job is saved after the POST without a fence',
    file: submit,
    from: 'writes.commit(this.job, platformJobId, sentAt, startedBefore, deadline)',
    to: '{ ...writes.commit(this.job, platformJobId, sentAt, startedBefore, deadline), when: [] }',
  },
  {
    name: 'a lock that expires: recovery does not wait until what was sent can no longer take effect',
    file: 'lambdas/dispatch/rules/poll.ts',
    from: 'ms(sent) + settings.quarantineSeconds * 1000 < now',
    to: 'ms(sent) < now',
  },
  {
    name: 'a post whose answer was lost is looked up before it can no longer take effect',
    file: submit,
    from: 'const notBefore = iso(this.deps.clock.now() + this.deps.settings.quarantineSeconds * 1000);',
    to: 'const notBefore = this.now();',
  },
  {
    name: 'a lost answer counts as a refusal, and the job is posted again',
    file: submit,
    from: "if (outcome.kind === 'unavailable') return this.back(",
    to: 'if (true) return this.back(',
  },
  {
    name: 'a start whose answer was lost is sent once more at once',
    file: submit,
    from: `    if (outcome.kind === 'lost') {
      await laneFailed(this.deps, this.job.laneId, outcome.message, false);
      return 'submitted';`,
    to: `    if (outcome.kind === 'lost') {
      await this.client.start(platformJobId);
      return 'submitted';`,
  },
  {
    name: 'nobody looks for a cancel before a post',
    file: submit,
    from: `  async create(): Promise<Turn> {
    if (this.job.cancelRequested) return this.dismissed();`,
    to: '  async create(): Promise<Turn> {',
  },
  {
    name: 'a count of jobs is added to rather than made anew',
    file: 'lambdas/upscaling/use-cases/recount.ts',
    from: '...countJobs(jobs), revision',
    to: `...((one) => ({ ...one, counts: Object.fromEntries(Object.entries(one.counts).map(([word, n]) => [word, n + (row?.counts[word] ?? 0)])) }))(countJobs(jobs)), revision`,
  },
  {
    name: 'a task with one successful job is successful',
    file: 'lambdas/upscaling/rules/aggregate.ts',
    from: "if (successful > 0) return 'partial';",
    to: "if (successful > 0) return 'successful';",
  },
  {
    name: 'a task ends with its jobs that are written so far',
    file: 'lambdas/upscaling/rules/aggregate.ts',
    from: 'if (ended(counts) < total) return',
    to: 'if (ended(counts) < known(counts)) return',
  },
  {
    name: 'a chunk is counted over by an older count',
    file: 'test/support/memory-tasks.ts',
    from: 'if (chunks.get(key)?.revision !== seen) return false;',
    to: '',
  },
  {
    name: 'a job of a task that is written again begins anew',
    file: stores,
    from: 'for (const job of children) if (!jobs.has(job.jobId)) changed(undefined, job);',
    to: 'for (const job of children) changed(undefined, job);',
  },
  {
    name: 'a job and the record of its request are not one transaction',
    file: stores,
    from: 'if (jobs.has(job.jobId) || counts) return false;',
    to: 'if (jobs.has(job.jobId)) return false;',
  },
  {
    name: 'a running job can be deleted',
    file: stores,
    from: 'if (before === undefined || before.rank !== 90) return false;',
    to: 'if (before === undefined) return false;',
  },
  {
    name: 'posts that cannot be told apart go at the same time',
    file: stores,
    from: 'if (known !== undefined && known.slot !== holder.slot) return false;',
    to: '',
  },
  {
    name: 'a share is closed though work has come',
    file: stores,
    from: 'if (known?.wantedAt === wantedAt && known.closed === undefined)',
    to: 'if (known?.closed === undefined)',
  },
  {
    name: 'jobs go by the name of their owner',
    file: 'lambdas/dispatch/rules/shares.ts',
    from: 'a.pass - b.pass || (a.share < b.share ? -1 : 1)',
    to: 'a.share < b.share ? -1 : 1',
  },
  {
    name: 'a poll that finds work wakes nobody',
    file: 'lambdas/dispatch/use-cases/poll-lane.ts',
    from: 'await wakeLane(deps, laneId);',
    to: 'await deps.lanes.get(laneId);',
  },
  {
    name: 'a paused platform goes on starting jobs',
    file: 'lambdas/dispatch/use-cases/candidates.ts',
    from: "const starts = platform?.state === 'active';",
    to: 'const starts = platform !== undefined;',
  },
  {
    name: 'one "not found" means that a job is lost',
    file: 'lambdas/dispatch/use-cases/poll-lane.ts',
    from: 'now - ms(job.missingSince) >= this.deps.settings.lostAfterSeconds * 1000',
    to: 'now >= ms(job.missingSince)',
  },
  {
    name: 'results are visible before they are there',
    file: 'lambdas/dispatch/use-cases/copies.ts',
    from: "const isNew = await deps.workspace.writeNew(job.owner, itemPath(jobId), JSON.stringify(item), 'application/geo+json');",
    to: 'const isNew = true;',
  },
  // What the simulation has found before (docs/decisions/0022-simulation.md), put in again.
  {
    name: 'parked changes that are driven again keep the last of a batch',
    file: 'lambdas/dispatch/use-cases/follow-changes.ts',
    from: 'if (key && isForHistory(before, after) && (latest.get(key)?.version ?? 0) < after.version)',
    to: 'if (key && isForHistory(before, after))',
  },
  {
    name: 'a lost post is looked for in too short a time',
    file: submit,
    from: 'until: from + settings.quarantineSeconds * 1000,',
    to: 'until: from + settings.lateCommitSeconds * 1000,',
  },
  {
    name: 'a worker that begins late claims under a lease that is nearly over',
    file: 'lambdas/dispatch/use-cases/serve-lane.ts',
    from: 'Math.min(clock.now() + settings.claimSeconds * 1000, runnerUntil - settings.leaseSeconds * 1000)',
    to: 'Math.max(runnerUntil, clock.now() + settings.claimSeconds * 1000)',
  },
  {
    name: 'a canary that ended during a pause is not looked at again',
    file: 'lambdas/upscaling/use-cases/control.ts',
    from: '    await recountTask(deps, task.taskId);\n    return written.item;',
    to: '    return written.item;',
  },
  {
    name: 'recovery posts again on a platform where nothing may start',
    file: submit,
    from: "if (state !== 'active' && !this.job.cancelRequested)",
    to: 'if (state === undefined)',
  },
  {
    name: 'who marks a subject and does not hear of it sends no message',
    file: 'test/support/live-world.ts',
    from: ' && markedBy !== by',
    to: '',
  },
  {
    name: 'a client goes on across a frame that the log does not have',
    file: 'lambdas/live/use-cases/send-status.ts',
    from: 'frames.length === last - since ? frames : undefined',
    to: 'frames',
  },
  {
    name: 'whoever loses the race for a number of a frame forgets what was to be told',
    file: 'lambdas/live/use-cases/send-frame.ts',
    from: 'last, now))) return markSubject(deps, subject);',
    to: 'last, now))) return;',
  },
];
