import { withoutSecrets } from './redact.ts';

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;
type Level = keyof typeof levels;
type Fields = Record<string, unknown>;

const secretName = /authorization|token|ticket|secret|password|cookie|credential|signature/i;
const deepest = 6;

/** A copy without what must not be read in a log; errors become their name, message and stack. */
function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '[deeper]';
  if (value instanceof Error) return redact({ name: value.name, message: value.message, stack: value.stack, cause: value.cause }, depth);
  if (value instanceof Set) return redact([...value], depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const entries = Object.entries(value).map(([key, item]) => [key, secretName.test(key) ? '[redacted]' : redact(item, depth + 1)]);
  return Object.fromEntries(entries);
}

/** Fields of every line until the next invocation. A Lambda environment serves one invocation at a time. */
let context: Fields = {};

/** Starts an invocation: these fields (correlation id, job, lane ...) stand in every line that follows. */
export const logContext = (fields: Fields): void => {
  context = fields;
};

const isLevel = (name: string): name is Level => Object.hasOwn(levels, name);

function write(level: Level, message: string, fields: Fields): void {
  const wanted = (process.env['LOG_LEVEL'] ?? 'info').toLowerCase();
  if (levels[level] < (isLevel(wanted) ? levels[wanted] : levels.info)) return;
  const line = redact({ ...context, ...fields }) as Fields;
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message: redact(message), ...line }));
}

/** One JSON line per event, without secrets, from `LOG_LEVEL` (`info` by default) upwards. */
export const log = {
  debug: (message: string, fields: Fields = {}): void => write('debug', message, fields),
  info: (message: string, fields: Fields = {}): void => write('info', message, fields),
  warn: (message: string, fields: Fields = {}): void => write('warn', message, fields),
  error: (message: string, fields: Fields = {}): void => write('error', message, fields),
};
