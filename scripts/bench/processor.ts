import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const ticks = 100;

interface Taken {
  parent: number;
  own: number;
  /** Of children that have ended. */
  ended: number;
}

/** Processor seconds of a process (proc(5), `stat`); undefined when it is gone. */
function taken(pid: number): Taken | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number); // from the third field on
    return { parent: fields[1]!, own: (fields[11]! + fields[12]!) / ticks, ended: (fields[13]! + fields[14]!) / ticks };
  } catch {
    return undefined;
  }
}

/** Processor seconds of a process so far, and of all that it started. Linux only. */
export function processorSeconds(pid: number): { own: number; children: number } {
  const all = new Map(
    readdirSync('/proc').flatMap((name): [number, Taken][] => {
      const found = /^\d+$/.test(name) ? taken(Number(name)) : undefined;
      return found === undefined ? [] : [[Number(name), found]];
    }),
  );
  const below = (parent: number): number =>
    [...all].reduce((sum, [child, one]) => sum + (one.parent === parent ? one.own + one.ended + below(child) : 0), 0);
  const { own = 0, ended = 0 } = all.get(pid) ?? {};
  return { own, children: ended + below(pid) };
}
