import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

setFlagsFromString('--allow-natives-syntax');
/** Runs everything that waits for promises which are settled, as the end of a turn of the event loop does, at a tenth of its cost. */
const settlePromises = runInThisContext('() => %PerformMicrotaskCheckpoint()') as () => void;

/** Numbers in [0, 1) that follow from a seed alone (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Event {
  at: number;
  order: number;
  act: () => void;
}
const earlier = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Virtual time: what is planned happens in the order of its times; in between, everything that can run has run. */
export class Time {
  /** Milliseconds since the epoch. */
  now = Date.parse('2026-03-01T00:00:00.000Z');
  private readonly heap: Event[] = [];
  private order = 0;

  /** Whole milliseconds, as clocks tell them. */
  plan(afterMs: number, act: () => void): void {
    const event = { at: this.now + Math.ceil(afterMs), order: (this.order += 1), act };
    const { heap } = this;
    let at = heap.push(event) - 1;
    while (at > 0 && earlier(event, heap[(at - 1) >> 1]!)) {
      heap[at] = heap[(at - 1) >> 1]!;
      at = (at - 1) >> 1;
    }
    heap[at] = event;
  }

  private next(): Event | undefined {
    const { heap } = this;
    const [first, last] = [heap[0], heap.pop()];
    if (heap.length === 0 || last === undefined) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child += 1;
      if (!earlier(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  /** Lets time pass until nothing is planned, `until` says so, or `mostEvents` have happened (then false: it goes on for ever). */
  async run(until: () => boolean, mostEvents: number): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve)); // promises are settled below only from outside of any
    return new Promise((resolve, reject) =>
      setImmediate(() => {
        try {
          resolve(this.runNow(until, mostEvents));
        } catch (error) {
          reject(error as Error);
        }
      }),
    );
  }

  private runNow(until: () => boolean, mostEvents: number): boolean {
    for (let events = 0; events < mostEvents; events += 1) {
      if (until()) return true;
      const event = this.next();
      if (event === undefined) return true;
      this.now = event.at;
      event.act();
      settlePromises(); // all that follows from it has run
    }
    return false;
  }
}
