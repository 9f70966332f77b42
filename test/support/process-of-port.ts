import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';

/** Ends the process at the other end of a connection, if it is another than this. */
export function endSender(remotePort: number): number | undefined {
  const pid = pidOfPort(remotePort);
  if (pid === undefined || pid === process.pid) return undefined;
  process.kill(pid, 'SIGKILL');
  return pid;
}

/**
 * The same, looking again for a moment: the kernel's list of connections is read in pieces, and one that opens or closes
 * meanwhile may hide another.
 */
export async function endSenderSoon(remotePort: number): Promise<number | undefined> {
  for (let looks = 1; looks < 20; looks += 1) {
    const pid = endSender(remotePort);
    if (pid !== undefined) return pid;
    await after(50);
  }
  return endSender(remotePort);
}

/** The process that owns a local TCP port (Linux: /proc), so that a test can end exactly the one that waits. */
export function pidOfPort(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
      lines(file).flatMap((line) => {
        const columns = line.trim().split(/\s+/);
        return columns[1]?.endsWith(`:${hex}`) && columns[9] !== '0' ? [`socket:[${columns[9]}]`] : [];
      }),
    ),
  );
  if (sockets.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    if (links(`/proc/${pid}/fd`).some((link) => sockets.has(link))) return Number(pid);
  return undefined;
}

const lines = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
};

/** Targets of a process's open files; empty when it ended meanwhile or belongs to somebody else. */
const links = (folder: string): string[] => {
  try {
    return readdirSync(folder).map((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`);
      } catch {
        return '';
      }
    });
  } catch {
    return [];
  }
};
