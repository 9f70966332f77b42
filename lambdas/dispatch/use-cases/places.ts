import type { CallOutcome, PlatformClient, ReadOutcome } from '../../platforms/ports.ts';
import type { Clock } from '../../shared/time/clock.ts';

const busy = 'The platform is busy with other jobs: this one waits for its next turn.';

/**
 * The requests that a worker may have under way at a platform at once. Its turns are a few more than that, so that no place
 * is empty while a turn writes what it has learnt. Whoever is further goes first: what is claimed is soon over.
 */
export class Places {
  private free: number;
  private isShut = false;
  private readonly creates: ((isMine: boolean) => void)[] = [];
  private readonly others: ((isMine: boolean) => void)[] = [];
  private readonly clock: Clock;
  private readonly lastAt: number;

  /** @param lastAt ms since the epoch: no request begins later, since its answer would come when the function has ended */
  constructor(count: number, clock: Clock, lastAt: number) {
    [this.free, this.clock, this.lastAt] = [count, clock, lastAt];
  }

  /** The platform takes no more now: what waits to be created is not sent. */
  shut(): void {
    this.isShut = true;
    for (const wait of this.creates.splice(0)) wait(false);
  }

  /** Makes the request when there is a place; undefined where it is not made. */
  async take<Outcome>(what: 'create' | 'other', request: () => Promise<Outcome>): Promise<Outcome | undefined> {
    if (!(await this.enter(what))) return undefined;
    try {
      return this.clock.now() <= this.lastAt ? await request() : undefined;
    } finally {
      this.leave();
    }
  }

  private enter(what: 'create' | 'other'): boolean | Promise<boolean> {
    if (what === 'create' && this.isShut) return false;
    if (this.free > 0) {
      this.free -= 1;
      return true;
    }
    return new Promise((resolve) => this[`${what}s`].push(resolve));
  }

  private leave(): void {
    const next = this.others.shift() ?? this.creates.shift();
    if (next) next(true);
    else this.free += 1;
  }
}

/** The platform's client, whose requests of a turn wait for their places. */
export function inPlaces(client: PlatformClient, places: Places): PlatformClient {
  const read = async <Value>(ask: () => Promise<ReadOutcome<Value>>): Promise<ReadOutcome<Value>> =>
    (await places.take('other', ask)) ?? { kind: 'unavailable', message: busy, unsent: true };
  const send = async <Done extends object>(
    what: 'create' | 'other',
    call: () => Promise<CallOutcome<Done>>,
  ): Promise<CallOutcome<Done>> => {
    const made = await places.take(what, async () => {
      const outcome = await call();
      if (outcome.kind === 'capacity' || outcome.kind === 'unauthorized') places.shut();
      return outcome;
    });
    return made ?? { kind: 'unsent', message: busy };
  };
  const turn: Pick<PlatformClient, 'create' | 'start' | 'find' | 'status' | 'cancel'> = {
    create: (submission) => send('create', () => client.create(submission)),
    start: (id) => send('other', () => client.start(id)),
    find: (search) => read(() => client.find(search)),
    status: (id) => read(() => client.status(id)),
    cancel: (id) => read(() => client.cancel(id)),
  };
  return Object.assign(Object.create(client) as PlatformClient, turn);
}
