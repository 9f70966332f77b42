import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { finalStatuses, JobStatus, ranks, type Job } from '../../../lambdas/dispatch/model.ts';
import { mayChange, transitions } from '../../../lambdas/dispatch/rules/transitions.ts';
import { lanesToWake } from '../../../lambdas/dispatch/rules/changes.ts';
import { auditLane } from '../../../lambdas/dispatch/use-cases/audit-lane.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { Crash, type Fault } from '../../support/memory-platform.ts';
import { world } from '../../support/world.ts';

describe('the transition table', () => {
  const within = transitions.filter(({ anew }) => !anew);
  it('never leaves a final status within an incarnation', () => {
    for (const { from } of within) expect(finalStatuses as readonly string[]).not.toContain(from);
  });
  it('begins a new incarnation only when the owner has a job queued again that did not succeed or of which nobody can tell', () => {
    const anew = transitions.filter((row) => row.anew);
    expect(anew.map(({ from, to, by }) => `${from} ${to} ${by}`)).toEqual([
      'failed queued owner',
      'dismissed queued owner',
      'queued queued owner',
    ]);
  });
  it('lowers the rank within an incarnation only when a submitter puts its own job back (invariant 4)', () => {
    for (const { from, to, by } of within) if (ranks[to] < ranks[from]) expect({ to, by }).toEqual({ to: 'queued', by: 'submitter' });
  });
  it('reaches every status, and leaves every one that is not final', () => {
    for (const status of JobStatus.options.filter((one) => one !== 'queued'))
      expect(transitions.some(({ to }) => to === status)).toBe(true);
    for (const status of JobStatus.options.filter((one) => ranks[one] < 90))
      expect(transitions.some(({ from }) => from === status)).toBe(true);
  });
});

const actors = ['owner', 'submitter', 'poller'] as const;
const fault = fc.constantFrom<Fault>(
  { kind: 'capacity', retryAfterSeconds: 3 },
  { kind: 'refused' },
  { kind: 'unavailable' },
  { kind: 'lost-after' },
  { kind: 'lost-before' },
  { kind: 'crash-after' },
);
const step = fc.oneof(
  fc.record({ do: fc.constant('send' as const) }),
  fc.record({ do: fc.constant('serve' as const) }),
  fc.record({ do: fc.constant('poll' as const) }),
  fc.record({ do: fc.constant('audit' as const) }),
  fc.record({ do: fc.constant('pass' as const), seconds: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constant(3601)) }),
  fc.record({ do: fc.constant('cancel' as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant('retry' as const), which: fc.nat(9) }),
  fc.record({
    do: fc.constant('end' as const),
    which: fc.nat(9),
    phase: fc.constantFrom('successful' as const, 'failed' as const, 'gone' as const),
  }),
  fc.record({ do: fc.constant('fault' as const), at: fc.constantFrom('create' as const, 'start' as const), fault }),
  fc.record({
    do: fc.constant('mute' as const),
    at: fc.constantFrom('status' as const, 'find' as const, 'cancel' as const, 'list' as const),
  }),
);

describe.each([true, false])('whatever happens to jobs of a platform (two-phase: %s)', (twoPhase) => {
  it('every change is in the table, none is doubled, and all settle when faults stop (invariants 1, 2, 4)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const w = world({
          twoPhase,
          platform: { limits: { running: 3, parallel: 2, burst: 2, startsPerMinute: 60, readsPerMinute: 100 } },
        });
        w.remote.listing(4);
        const jobs: string[] = [];
        const audit = async () => {
          w.asked.push({ what: 'audit', id: w.laneId, at: 0 });
          for (
            let next = w.asked.findIndex(({ what }) => what === 'audit');
            next >= 0;
            next = w.asked.findIndex(({ what }) => what === 'audit')
          )
            await auditLane({ ...w.deps, tellStray: async () => undefined }, w.laneId, w.asked.splice(next, 1)[0]!.next);
        };
        const survive = async (work: Promise<unknown>) => {
          await work.catch((error: unknown) => {
            if (!(error instanceof Crash)) throw error;
          });
        };
        for (const [n, one] of steps.entries()) {
          if (one.do === 'send') jobs.push((await w.send()).jobId);
          if (one.do === 'serve') await survive(w.serve(`run-${n}`));
          if (one.do === 'poll') await survive(pollLane(w.deps, w.laneId));
          if (one.do === 'audit') await audit();
          if (one.do === 'pass') w.pass(one.seconds);
          if (one.do === 'cancel' && jobs[one.which]) await cancelJob(w.deps, w.job(jobs[one.which]!));
          if (one.do === 'retry' && jobs[one.which] && ['failed', 'dismissed'].includes(w.job(jobs[one.which]!).status)) {
            await retryJob(w.deps, w.job(jobs[one.which]!));
            for (const [lane, id] of lanesToWake(w.changes.slice(-1))) await w.deps.lanes.want(lane, id);
          }
          if (one.do === 'end' && w.remote.jobs[one.which]?.phase === 'running') w.remote.end(w.remote.jobs[one.which]!.id, one.phase);
          if (one.do === 'fault') w.remote.faults[one.at].push(one.fault);
          if (one.do === 'mute') w.remote.faults[one.at].push({ kind: 'unavailable' });
        }
        for (const queue of Object.values(w.remote.faults)) queue.length = 0;
        for (let round = 0; round < 40 && jobs.some((id) => w.job(id).rank < 90); round += 1) {
          w.pass(200);
          await w.serve(`end-${round}`);
          for (const job of w.remote.jobs) if (job.phase === 'running') job.phase = 'successful';
          w.pass(200);
          await pollLane(w.deps, w.laneId);
        }
        for (const { before, after } of w.changes)
          if (before && after && (before.status !== after.status || before.epoch !== after.epoch))
            expect(actors.filter((by) => mayChange(before.status, after.status, by, before.incarnation !== after.incarnation))).not.toEqual(
              [],
            );
        expect(jobs.map((id) => w.job(id)).filter((job) => job.rank < 90)).toEqual([]);
        w.pass(3601);
        await audit();
        expect(w.remote.jobs.filter(({ phase }) => phase === 'created')).toEqual([]); // no orphan stays (invariant 3)
        expect(w.reported.filter((one) => 'adopted' in one)).toEqual([]);
        const runs = new Map<string, number>();
        for (const { tag, runs: count } of w.remote.jobs) runs.set(tag, (runs.get(tag) ?? 0) + count);
        expect([...runs.values()].filter((count) => count > 1)).toEqual([]);
        expect(w.lane()?.slots?.size ?? 0).toBe(0);
        const finished = jobs.map((id) => w.job(id)) satisfies Job[];
        for (const job of finished.filter(({ status }) => status === 'dismissed')) expect(job.message).toBe('Cancelled.');
      }),
      { numRuns: 300 },
    );
  });
});
