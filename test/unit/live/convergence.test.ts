import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import type { Frame, JobChange } from '../../../lambdas/live/model.ts';
import { liveJob } from '../../../lambdas/live/rules/frames.ts';
import { answer } from '../../../lambdas/live/use-cases/answer.ts';
import { close } from '../../../lambdas/live/use-cases/close.ts';
import { greet } from '../../../lambdas/live/use-cases/greet.ts';
import { noteChanges } from '../../../lambdas/live/use-cases/note-changes.ts';
import { sendFrame } from '../../../lambdas/live/use-cases/send-frame.ts';
import { recheckStatus } from '../../../lambdas/live/use-cases/send-status.ts';
import { LiveState } from '../../../scripts/live-state.ts';
import { aJob, jobsIn, liveWorld } from '../../support/live-world.ts';

type Step =
  | { kind: 'change' | 'delete'; job: number }
  | { kind: 'deliver' | 'index' | 'frame' | 'connect' | 'greet' | 'drop' | 'vanish' | 'lose' }
  | { kind: 'pass'; seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('change' as const, 'change' as const, 'delete' as const), job: fc.nat(3) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(...(['deliver', 'deliver', 'index', 'frame', 'frame', 'connect', 'greet', 'drop', 'vanish', 'lose'] as const)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 5, 60, 130) }) },
);

/** One client of ana among changes whose stream, index, frames and connection are late or lost as the steps say. */
class World {
  private readonly live = liveWorld();
  private readonly table = new Map<string, Job>();
  private index: Job[] = [];
  private indexed = this.live.time.ms;
  private stream: JobChange[] = [];
  private loses = false;
  private connections = 0;
  private current: string | undefined;
  readonly client = new LiveState();
  private readonly deps = { ...this.live.deps, jobs: jobsIn(() => this.index), push: { post: this.post.bind(this) } };
  private readonly versions = new Map<string, number>();

  private post(connectionId: string, text: string): Promise<'sent' | 'gone'> {
    if (connectionId !== this.current) return Promise.resolve('gone');
    if (this.loses) this.loses = false;
    else this.client.take(JSON.parse(text) as Frame);
    return Promise.resolve('sent');
  }

  private change(id: string, isDeletion: boolean): void {
    const before = this.table.get(id);
    if (isDeletion && !before) return;
    const version = (this.versions.get(id) ?? 0) + 1;
    this.versions.set(id, version);
    // A job that is deleted does not come back: its place is taken by another.
    const jobId = before?.jobId ?? `${id}-${version}`;
    const after = isDeletion ? undefined : aJob({ jobId, version, progress: version });
    if (after) this.table.set(id, after);
    else this.table.delete(id);
    this.stream.push({ before, after });
  }

  private catchUp(): void {
    this.index = [...this.table.values()];
    this.indexed = this.live.time.ms;
  }
  private async deliver(): Promise<void> {
    await noteChanges(this.deps, this.stream.splice(0));
  }
  private async frame(): Promise<void> {
    this.live.time.ms += 1000;
    for (const subject of this.live.queue.splice(0)) await sendFrame(this.deps, subject);
  }
  private async connect(): Promise<void> {
    this.current = `c${(this.connections += 1)}`;
    await this.live.viewer(this.current, 'ana', this.client.since > 0 ? { seen: { 'jobs:ana': this.client.since } } : {});
  }
  private async greet(): Promise<void> {
    const connection = this.current && this.live.connections.get(this.current);
    if (connection) await greet(this.deps, connection, 'status');
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'change':
      case 'delete':
        return this.change(`job-${step.job}`, step.kind === 'delete');
      case 'deliver':
        return this.deliver();
      case 'index':
        return this.catchUp();
      case 'frame':
        return this.frame();
      case 'connect':
        return this.connect();
      case 'greet':
        return this.greet();
      case 'drop':
        if (this.current) await close(this.deps, this.current);
        this.current = undefined;
        return;
      case 'vanish': // the gateway does not say that the client is gone
        this.current = undefined;
        return;
      case 'lose':
        this.loses = true;
        return;
      case 'pass':
        this.live.time.ms += step.seconds * 1000;
        // It may be late, but not for so long.
        if (this.live.time.ms - this.indexed > 55_000) this.catchUp();
    }
  }

  /** Nothing fails any more, and what is on its way arrives. The client pings once and asks for what it missed. */
  async settle(): Promise<void> {
    this.loses = false;
    if (this.current === undefined || !this.live.connections.has(this.current)) await this.connect();
    await this.deliver();
    await this.greet();
    await this.frame();
    this.catchUp();
    this.live.time.ms += 10_000;
    for (const recheck of this.live.rechecks.splice(0)) await recheckStatus(this.deps, recheck);
    await this.frame();
    await answer(this.deps, this.current!, '{"action":"ping"}');
    await answer(this.deps, this.current!, JSON.stringify({ action: 'subscribe', subjects: { jobs: this.client.since } }));
    await greet(this.deps, this.live.asked().at(-1)!, 'status');
  }

  jobs = () => Object.fromEntries([...this.table.values()].map((job) => [job.jobId, liveJob(job)]));
}

describe('a client', () => {
  it('has what the table has in the end, whatever was late or lost, and however often it came back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const world = new World();
        for (const one of steps) await world.step(one);
        await world.settle();
        expect(Object.fromEntries(world.client.jobs().map((job) => [job.id, job]))).toEqual(world.jobs());
      }),
      { numRuns: 500 },
    );
  });
});
