import { lanesBegin } from '../../lambdas/dispatch/rules/lane.ts';
import type { Deps } from '../../lambdas/dispatch/use-cases/deps.ts';
import type { Cloud } from './cloud.ts';
import type { Stage } from './process.ts';

const apiSeconds = 30;
const minute = 60_000;

/** They pause, drain and resume platforms, and in some seeds remove one. */
export class Administrators {
  private readonly stage: Stage;
  private readonly cloud: Cloud;

  constructor(stage: Stage, cloud: Cloud) {
    [this.stage, this.cloud] = [stage, cloud];
  }

  /** Plans everything that they will do, all within `within` milliseconds. */
  begin(within: number): void {
    const { time } = this.stage;
    const random = () => this.stage.draw('users');
    const removes = this.stage.theme === 'removals';
    const isBusy = removes || this.stage.theme === 'strays';
    const ids = this.cloud.registry.entries.map(({ id }) => id);
    for (const id of ids) {
      for (let times = random() < (isBusy ? 1 : 0.4) ? 1 + Math.floor(random() * 2) : 0; times > 0; times -= 1) {
        time.plan(random() * within, () => this.set(id, random() < 0.6 ? 'paused' : 'draining'));
        time.plan(random() * within, () => this.set(id, 'active'));
      }
      time.plan(within, () => this.set(id, 'active'));
    }
    const [removed] = random() < (removes ? 1 : 0.15) ? ids.slice(-1) : [];
    if (removed !== undefined) time.plan(random() * within, () => this.remove(removed));
  }

  private set(id: string, state: 'active' | 'paused' | 'draining'): void {
    if (this.cloud.registry.now(id)?.state === 'removing') return;
    this.cloud.registry.set(id, state);
    if (state !== 'active') return;
    for (const laneId of lanesOf(this.cloud.lanes, id)) {
      this.cloud.send(10, { kind: 'run', laneId });
      // Others look at it meanwhile.
      for (let polls = this.stage.draw('users') * 4; polls >= 1; polls -= 1)
        this.cloud.send(9.5 + this.stage.draw('users'), { kind: 'poll', laneIds: [laneId] });
    }
  }

  /** What waits for it fails, what runs is followed to its end, and then it is gone: whoever looks at it finds that out. */
  private remove(id: string): void {
    this.cloud.registry.set(id, 'removing');
    const look = () => {
      if (this.cloud.registry.now(id) === undefined) return;
      this.cloud
        .invoke(`look at ${id}`, apiSeconds, async (deps) => {
          if (await isUnused(deps, lanesOf(this.cloud.lanes, id))) this.cloud.registry.set(id, undefined);
        })
        .catch(() => undefined)
        .finally(() => this.stage.time.plan(2 * minute, look));
    };
    look();
  }
}

async function isUnused({ lanes, jobs }: Deps, laneIds: readonly string[]): Promise<boolean> {
  for (const laneId of laneIds) {
    if ((await jobs.active(laneId)).length > 0) return false;
    for (const { share } of await lanes.shares(laneId)) if ((await jobs.queued(laneId, share, 1)).length > 0) return false;
  }
  return true;
}

/** Each user has one where jobs run as their users. */
const lanesOf = (lanes: ReadonlyMap<string, unknown>, id: string): string[] =>
  [...lanes.keys()].filter((laneId) => laneId.startsWith(lanesBegin(id)));
