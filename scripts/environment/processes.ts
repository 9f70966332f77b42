import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** A server that a state folder owns: the leader of its process group and text that the group's command lines contain. */
export interface OwnedProcess {
  pid: number;
  mark: string;
}

interface Running {
  pid: number;
  group: number;
  command: string;
}

/** All processes by /proc where it exists (a slim container has no ps), otherwise by ps. */
function running(): Running[] {
  if (!existsSync('/proc/self/stat')) {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,pgid=,command='], { encoding: 'utf8' });
    return stdout.split('\n').flatMap((line) => {
      const [, pid, group, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), group: Number(group), command: command ?? '' }] : [];
    });
  }
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // Fields after the command's closing parenthesis: state, parent, process group.
      const [state, , group] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return state === 'Z' ? [] : [{ pid: Number(name), group: Number(group), command }];
    } catch {
      return [];
    }
  });
}

/** Whether a process lives whose command line contains the text: a recorded number may belong to a stranger by now. */
export const isRunning = (pid: number, mark: string): boolean => running().some((it) => it.pid === pid && it.command.includes(mark));

const members = ({ pid, mark }: OwnedProcess) => running().filter((it) => it.group === pid && it.command.includes(mark));

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
};

/** Ends the servers and what they started: asks, waits up to the given time, then forces. Also finds workers whose leader was killed. */
export async function endAll(owned: readonly OwnedProcess[], graceMs = 4000): Promise<void> {
  const left = () => owned.flatMap(members);
  const deadline = Date.now() + graceMs;
  const leaders = owned.map(({ pid }) => pid);
  const first = left();
  const orphaned = first.filter(({ group }) => !first.some(({ pid }) => pid === group));
  for (const { pid } of [...first.filter((it) => leaders.includes(it.pid)), ...orphaned]) signal(pid, 'SIGTERM');
  while (left().length > 0 && Date.now() < deadline) await new Promise((next) => setTimeout(next, 50));
  for (const { pid } of left()) signal(pid, 'SIGKILL');
  while (left().length > 0 && Date.now() < deadline + 5000) await new Promise((next) => setTimeout(next, 50));
}
