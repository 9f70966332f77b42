import type { LogEntry } from '../../dispatch/model.ts';

/** A message of several lines stays one entry: its further lines are indented. */
export const logLine = ({ time, level, source, message }: LogEntry): string =>
  `${time ?? '-'} ${level.toUpperCase()} ${source}: ${message.replaceAll(/\r?\n/g, '\n    ')}\n`;
