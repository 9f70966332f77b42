import type { PlatformLogEntry } from '../../../platforms/ports.ts';
import { iso } from '../../../shared/time/clock.ts';
import { containerNames } from '../model.ts';

/** Lines of one container that are shown at most: what CloudWatch Logs gives in one answer (`GetLogEvents`). */
export const mostLines = 10_000;

interface Stream {
  name: string;
  lines: readonly { message: string; time?: number }[];
}
interface Page {
  limit: number;
  after?: string;
}

/** `<container>:<line>`, which is where a page goes on. */
function placeOf({ after }: Page): { name: string; line: number } | undefined {
  const [, name, line] = /^([\w-]+):(\d{1,6})$/.exec(after ?? '') ?? [];
  return name === undefined ? undefined : { name, line: Number(line) };
}

/** How many lines of a container have to be known for a page, and whether one follows. */
export const wantedLines = (page: Page): number => (placeOf(page)?.line ?? 0) + page.limit + 2;

/** A page of the lines of all containers, in the order in which they run. What ours say is marked with their names. */
export function logPage(streams: readonly Stream[], page: Page): { entries: PlatformLogEntry[]; more: boolean } {
  const all = streams.flatMap(({ name, lines }) =>
    lines.slice(0, mostLines).map(({ message, time }, line): PlatformLogEntry => {
      const ours = name !== containerNames.application;
      return {
        id: `${name}:${line}`,
        level: ours ? 'warning' : 'info',
        message: ours ? `${name}: ${message}` : message,
        ...(time === undefined ? {} : { time: iso(time) }),
      };
    }),
  );
  const place = placeOf(page);
  const from = place === undefined ? 0 : all.findIndex(({ id }) => id === `${place.name}:${place.line}`) + 1;
  return { entries: all.slice(from, from + page.limit), more: all.length > from + page.limit };
}
