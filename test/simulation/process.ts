import type { Settings } from '../../lambdas/dispatch/model.ts';
import type { FaultKind, FaultRates } from './faults.ts';
import type { Time } from './time.ts';

/** What the parts of a simulation share. */
export interface Stage {
  time: Time;
  random: () => number;
  rates: FaultRates;
  settings: Settings;
  /** False once faults have stopped. */
  faulty: () => boolean;
  /** Says what happened, where somebody wants to read it. */
  note: (who: string, what: string) => void;
}

export const strikes = ({ random, rates, faulty }: Stage, kind: FaultKind): boolean =>
  rates[kind] > 0 && random() < rates[kind] && faulty();

/** One run of a function: it ends when it is done, when its time is over, or when it crashes. What it then waits for never comes. */
export class Process {
  readonly name: string;
  private readonly stage: Stage;
  private readonly endsAt: number;
  private dead = false;

  constructor(stage: Stage, name: string, seconds: number) {
    this.stage = stage;
    this.name = name;
    this.endsAt = stage.time.now + seconds * 1000;
  }

  get isOver(): boolean {
    return this.dead || this.stage.time.now >= this.endsAt;
  }

  kill(why: string): void {
    if (this.isOver) return;
    this.stage.note(this.name, `ENDS: ${why}`);
    this.dead = true;
  }

  private latency(most: number): number {
    return strikes(this.stage, 'slow') ? 1000 + this.stage.random() * most : 2 + this.stage.random() * 20;
  }

  /**
   * A call of this process to a table, queue or file: the effect happens some time after it was sent, the answer comes some time after that,
   * and anything may break on the way.
   */
  call<T>(what: string, effect: () => T | Promise<T>): Promise<T> {
    const { stage } = this;
    return new Promise<T>((resolve, reject) => {
      if (this.isOver) return;
      if (strikes(stage, 'crash')) {
        this.kill(`before ${what}`);
        return;
      }
      stage.time.plan(this.latency(20_000), () => {
        if (strikes(stage, 'tableFails')) {
          const applies = stage.random() < 0.5;
          if (applies) void effect();
          stage.note(this.name, `${what} FAILS ${applies ? 'after' : 'before'} its effect`);
          this.answer(() => reject(new Error(`${what}: no answer`)));
          return;
        }
        if (strikes(stage, 'writtenTwice')) {
          void effect();
          stage.note(this.name, `${what}: the SDK sends it AGAIN`);
          stage.time.plan(stage.random() * 10_000, () => {
            const again = effect();
            this.answer(() => resolve(again));
          });
          return;
        }
        const result = effect();
        if (strikes(stage, 'crash')) this.kill(`after ${what}`);
        this.answer(() => resolve(result));
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
      stage.time.plan(20 + stage.random() * 200, () => {
        if (strikes(stage, 'crash')) this.kill(`during ${what}`);
        act((afterMs, value) =>
          stage.time.plan(afterMs, () => {
            if (!this.isOver) resolve(value);
          }),
        );
      });
    });
  }

  /** A store whose every call is one of this process. */
  wrapped<Store extends object>(store: Store, label: string): Store {
    return new Proxy(store, {
      get: (target, name: string) => {
        const method = target[name as keyof Store] as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => this.call(`${label}.${name}`, () => method(...args));
      },
    });
  }
}
