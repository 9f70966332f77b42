import type { Settings } from '../../lambdas/dispatch/model.ts';
import type { Condition, Write } from '../../lambdas/shared/table/write.ts';
import { holds } from '../support/memory-table.ts';
import type { Stage } from './process.ts';

/** No write is on its way for longer than a minute, nor for longer than three leases. */
export const mostOnItsWayMs = ({ leaseSeconds }: Settings): number => Math.min(60_000, 3000 * leaseSeconds);
/** Each seed has one kind of write in so many that is overtaken again and again. */
const kinds = 24;
const favoured = 0.5;
const focused = 0.8;
/** What has been overtaken may take so many seconds more to arrive: what follows from the other write is under way by then. */
const later = { share: 0.3, seconds: 5 };
/** So are the first few of every kind, or what is seldom written would hardly ever be. */
const rare = 3;

/** A write that is on its way to an item. */
export interface Target {
  /** e.g. `jobs job-000001` */
  item: string;
  write: Write;
}

interface Waiting {
  write: Write;
  go: () => void;
  /** It goes on with any write of the item; or with one after which it does not fit; or when this one of its conditions alone fails. */
  until: 'written' | 'refused' | Condition;
}

/**
 * Conditional writes that are on their way until somebody else has written their item so that they do not fit any more (or, now and
 * then, at all): what they were written for has changed by then.
 */
export class Overtaken {
  /** Called when a write of an item is on its way for long: whoever sees that may write it meanwhile. */
  onWaiting: (item: string, isFocus: boolean) => void = () => undefined;
  private readonly waiting = new Map<string, Set<Waiting>>();
  private readonly stage: Stage;
  private readonly focus: number | undefined;
  private readonly favourite: number;
  private readonly seen = new Map<number, number>();

  /** @param focus the kind of writes that is nearly always overtaken, and hardly in any other way than by one of its conditions */
  constructor(stage: Stage, focus?: number) {
    [this.stage, this.focus] = [stage, focus];
    this.favourite = stage.rates.overtaken > 0 ? Math.floor(stage.draw('overtaken') * kinds) : -1;
  }

  /** Whether this write is to be overtaken. */
  strikes({ write }: Target): boolean {
    const { draw, rates, faulty } = this.stage;
    if (!faulty()) return false;
    const kind = kindOf(write);
    if (kind === this.focus) return draw('overtaken') < focused; // also where its one condition is left out
    if (write.when.length === 0 || rates.overtaken === 0) return false;
    const seen = this.seen.get(kind) ?? 0;
    this.seen.set(kind, seen + 1);
    return draw('overtaken') < (seen < rare || kind % kinds === this.favourite ? favoured : rates.overtaken);
  }

  /** Whether what the SDK sends again is overtaken in between. */
  strikesAgain({ write }: Target): boolean {
    if (write.when.length === 0 || (this.stage.rates.overtaken === 0 && kindOf(write) !== this.focus)) return false;
    return this.stage.draw('overtaken') < favoured;
  }

  private rest(): number {
    const isLater = this.stage.draw('overtaken') < later.share;
    return 1 + this.stage.draw('overtaken') * (isLater ? later.seconds * 1000 : 50);
  }

  private untilOf(write: Write): Waiting['until'] {
    const { draw } = this.stage;
    const isFocus = kindOf(write) === this.focus;
    if (draw('overtaken') < (isFocus ? 0.05 : 0.2)) return 'written';
    return draw('overtaken') < (isFocus ? 0.1 : 0.3) ? 'refused' : write.when[Math.floor(draw('overtaken') * write.when.length)]!;
  }

  /** Calls when the item was written by somebody else, or when that has not happened for long. */
  wait({ item, write }: Target, go: () => void): void {
    const { time, settings } = this.stage;
    const all = this.waiting.get(item) ?? new Set();
    this.waiting.set(item, all);
    const one: Waiting = {
      write,
      until: this.untilOf(write),
      go: () => {
        if (all.delete(one)) go();
      },
    };
    all.add(one);
    this.onWaiting(item, kindOf(write) === this.focus);
    time.plan(mostOnItsWayMs(settings), one.go);
  }

  /** Tells that the item was written, or deleted. */
  changed(item: string, after: object | undefined): void {
    for (const one of this.waiting.get(item) ?? [])
      if (after === undefined || isTime(one, after)) this.stage.time.plan(this.rest(), one.go);
  }
}

function isTime({ write: { when }, until }: Waiting, after: object): boolean {
  if (until === 'written') return true;
  const failing = when.filter((condition) => !holds(after as Record<string, unknown>, condition));
  return until === 'refused' ? failing.length > 0 : failing.length === 1 && failing[0] === until;
}

/** The same for all writes of the same attributes. */
export function kindOf({ set, remove, include, exclude, increment }: Write): number {
  let hash = 0;
  for (const part of [set, include, exclude, increment].map((names) => Object.keys(names ?? {})).concat([[...(remove ?? [])]]))
    for (const character of `${part.join(' ')};`) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return hash;
}
