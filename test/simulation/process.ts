import type { Settings } from '../../lambdas/dispatch/model.ts';
import type { PostHolder } from '../../lambdas/dispatch/ports.ts';
import type { Clock } from '../../lambdas/shared/time/clock.ts';
import type { Chance, FaultKind, FaultRates } from './faults.ts';
import type { Overtaken, Target } from './overtaken.ts';
import type { Theme } from './themes.ts';
import { randomOf, type Time } from './time.ts';

/** What the parts of a simulation share. */
export interface Stage {
  time: Time;
  /** In [0, 1), from the stream of what it is for. */
  draw: (what: Chance) => number;
  rates: FaultRates;
  settings: Settings;
  theme?: Theme | undefined;
  /** False once faults have stopped. */
  faulty: () => boolean;
  /** Says what happened, where somebody wants to read it. */
  note: (who: string, what: string) => void;
  /** Whose write takes effect just now. */
  writer?: string;
  /** Writes that are on their way for long; none where absent. */
  overtaken?: Overtaken;
}

/** Streams that follow from a seed, one for each name. */
export function streams(seed: number): Stage['draw'] {
  const made: Partial<Record<Chance, () => number>> = {};
  const make = (what: Chance) => {
    let hash = seed;
    for (const character of what) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    return (made[what] = randomOf(hash));
  };
  return (what) => (made[what] ?? make(what))();
}

export const strikes = ({ draw, rates, faulty }: Stage, kind: FaultKind): boolean =>
  rates[kind] > 0 && draw(kind) < rates[kind] && faulty();

/** Clocks of two functions differ by at most this. */
export const skewMs = 480;

/** One run of a function: it ends when it is done, when its time is over, or when it crashes. What it then waits for never comes. */
export class Process {
  readonly name: string;
  private readonly stage: Stage;
  private readonly endsAt: number;
  private dead = false;
  /** Called when it ends before its time. What it has sent still arrives. */
  onEnd: () => void = () => undefined;
  private skew = 0;

  constructor(stage: Stage, name: string, seconds: number) {
    this.stage = stage;
    this.name = name;
    this.endsAt = stage.time.now + seconds * 1000;
    if (strikes(stage, 'clock')) this.turnClock();
  }

  /** The clock of the function's host: it may be wrong, and be set right (or wrong) while the function runs. */
  readonly clock: Clock = {
    now: () => {
      if (this.skew !== 0 && this.stage.draw('clock') < 0.05) this.turnClock();
      return this.stage.time.now + this.skew;
    },
  };

  private turnClock(): void {
    this.skew = Math.round((this.stage.draw('clock') - 0.5) * skewMs);
  }

  get isOver(): boolean {
    return this.dead || this.stage.time.now >= this.endsAt;
  }

  kill(why: string): void {
    if (this.isOver) return;
    this.stage.note(this.name, `ENDS: ${why}`);
    this.dead = true;
    this.onEnd();
  }

  private latency(most: number): number {
    return strikes(this.stage, 'slow') ? 1000 + this.stage.draw('slow') * most : 2 + this.stage.draw('latency') * 20;
  }

  /**
   * A call of this process to a table, queue or file: the effect happens some time after it was sent, the answer comes some time after that,
   * and anything may break on the way.
   */
  call<T>(what: string, act: () => T | Promise<T>, target?: Target): Promise<T> {
    const { stage } = this;
    const sent = (): T | Promise<T> => {
      stage.writer = this.name;
      try {
        const result = act();
        if (result instanceof Promise) result.catch(ignore);
        return result;
      } catch (error) {
        return rejected(error);
      }
    };
    return new Promise<T>((resolve, reject) => {
      if (this.isOver) return;
      if (strikes(stage, 'crash')) {
        this.kill(`before ${what}`);
        return;
      }
      const arrives = () => {
        if (strikes(stage, 'tableFails')) {
          const applies = stage.draw('tableFails') < 0.5;
          if (applies) void sent();
          stage.note(this.name, `${what} FAILS ${applies ? 'after' : 'before'} its effect`);
          this.answer(() => reject(new Error(`${what}: no answer`)));
          return;
        }
        if (strikes(stage, 'writtenTwice')) {
          void sent();
          stage.note(this.name, `${what}: the SDK sends it AGAIN`);
          if (stage.rates.crash > 0 && stage.draw('writtenTwice') < 0.2) this.kill(`while ${what} is sent again`);
          const arrivesAgain = () => {
            const again = sent();
            this.answer(() => resolve(again));
          };
          const afterMs = stage.draw('writtenTwice') * 10_000;
          if (target !== undefined && stage.overtaken?.strikesAgain(target)) stage.overtaken.wait(target, arrivesAgain);
          else stage.time.plan(afterMs, arrivesAgain);
          return;
        }
        const result = sent();
        if (strikes(stage, 'crash')) this.kill(`after ${what}`);
        this.answer(() => resolve(result));
      };
      stage.time.plan(this.latency(20_000), () => {
        if (target === undefined || !stage.overtaken?.strikes(target)) return arrives();
        stage.note(this.name, `${what} is ON ITS WAY`);
        stage.overtaken.wait(target, arrives);
      });
    });
  }

  /** The answer comes back, if there is still somebody to hear it. */
  private answer(then: () => void): void {
    this.stage.time.plan(this.latency(10_000), () => {
      if (!this.isOver) then();
    });
  }

  /** A call with a delay of its own, to a platform; the answer is heard only while the process lives. */
  remote<T>(what: string, act: (answer: (afterMs: number, value: T) => void) => void): Promise<T> {
    const { stage } = this;
    return new Promise<T>((resolve) => {
      if (this.isOver) return;
      if (strikes(stage, 'crash')) {
        this.kill(`before ${what}`);
        return;
      }
      stage.time.plan(20 + stage.draw('latency') * 200, () => {
        if (strikes(stage, 'crash')) this.kill(`during ${what}`);
        act((afterMs, value) =>
          stage.time.plan(afterMs, () => {
            if (!this.isOver) resolve(value);
          }),
        );
      });
    });
  }

  /** Some time passes, if the function lives so long. */
  pause(afterMs: number): Promise<void> {
    return new Promise((resolve) =>
      this.stage.time.plan(afterMs, () => {
        if (!this.isOver) resolve();
      }),
    );
  }

  /** A store whose every call is one of this process. */
  wrapped<Store extends object>(store: Store, label: string): Store {
    const wrapper = wrappers.get(store) ?? wrapperOf(store, label);
    const wrapped = Object.create(wrapper) as Store & { process: Process };
    wrapped.process = this;
    return wrapped;
  }
}

/** Runs a function; tells when it is done, threw, or ended before its time. */
export function runs<T>(stage: Stage, process: Process, seconds: number, body: () => Promise<T>): Promise<T> {
  const { time, draw } = stage;
  return new Promise<T>((resolve, reject) => {
    let over = false;
    // The service tells of a function that broke at once, or of one that hangs when its time is over.
    process.onEnd = () => {
      if (draw('crash') < 0.5) time.plan(50, () => reject(new Error(`${process.name} broke`)));
    };
    time.plan(seconds * 1000, () => {
      if (!over) reject(new Error(`${process.name} did not end in time`));
    });
    time.plan(5 + draw('latency') * 100, () => {
      body().then(
        (value) => {
          over = true;
          resolve(value);
        },
        (error: unknown) => {
          over = true;
          stage.note(process.name, `THROWS ${String(error)}`);
          reject(error as Error);
        },
      );
    });
  });
}

/**
 * The functions of an execution that may be lost before or after any of them: what it was to do next is never done, or it is
 * done when nobody reckons with it any more.
 */
export function mortal<Functions extends Record<string, (args: never) => unknown>>(
  stage: Stage,
  name: string,
  functions: Functions,
): Record<keyof Functions, (args: unknown) => Promise<unknown>> {
  const never = new Promise<never>(() => undefined);
  let lost = false;
  const isLost = async (): Promise<boolean> => {
    if (lost || !strikes(stage, 'stops')) return lost;
    lost = stage.draw('stops') < 0.5;
    stage.note(name, lost ? 'is LOST' : 'is LATE');
    if (!lost) await new Promise<void>((resolve) => stage.time.plan(stage.draw('stops') * 600_000, resolve));
    return lost;
  };
  const entries = Object.entries(functions).map(([step, act]) => {
    const taken = async (args: unknown) => {
      if (await isLost()) return never;
      const [end] = await Promise.allSettled([act(args as never)]);
      if (await isLost()) return never;
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    };
    return [step, taken];
  });
  return Object.fromEntries(entries) as Record<keyof Functions, (args: unknown) => Promise<unknown>>;
}

/** What is thrown by what nobody waits for (any more) is lost. */
const ignore = () => undefined;
function rejected(error: unknown): Promise<never> {
  const result = Promise.reject<never>(error as Error);
  result.catch(ignore);
  return result;
}

/** Conditional writes: `update(id or reference, write)`, and `takePost(lane, process, holder)`, which is one under another name. */
const targets: Readonly<Record<string, (label: string, args: unknown[]) => Target>> = {
  update: (label, [of, write]) => ({
    item: `${label} ${typeof of === 'string' ? of : (of as { jobId: string }).jobId}`,
    write: write as Target['write'],
  }),
  takePost: (_, [laneId, process, holder]) => {
    const { slot, epoch } = holder as PostHolder;
    const isFree = [{ attr: 'slot', absent: true } as const, { attr: 'slot', is: slot } as const];
    return { item: postItem(laneId as string, process as string), write: { when: [{ anyOf: isFree }], set: { slot, epoch, process } } };
  },
};
/** The one post of a process of a lane, as an item. */
export const postItem = (laneId: string, process: string): string => `posts ${laneId} ${process}`;

/** The methods of a store as calls, made once for all processes. */
const wrappers = new WeakMap<object, object>();
function wrapperOf(store: object, label: string): object {
  const calls = Object.entries(store as Record<string, (...args: unknown[]) => Promise<unknown>>).map(([name, method]) => {
    const what = `${label}.${name}`;
    return [
      name,
      function (this: { process: Process }, ...args: unknown[]) {
        return this.process.call(what, () => method(...args), targets[name]?.(label, args));
      },
    ] as const;
  });
  const wrapper = Object.fromEntries(calls);
  wrappers.set(store, wrapper);
  return wrapper;
}

/** What a retrier of a state machine makes of a function that throws; the pauses double up to a minute. */
export async function retried<T>({ time }: Stage, attempts: number, seconds: number, act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await act();
    } catch (error) {
      if (attempt === attempts) throw error;
      await new Promise<void>((resolve) => time.plan(Math.min(60_000, seconds * 1000 * 2 ** (attempt - 1)), resolve));
    }
}
