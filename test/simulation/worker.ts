// node worker.ts <first seed> <last seed> <step> [<theme>]: plays seeds and tells its parent of each.
import { simulate } from './simulate.ts';
import type { Theme } from './themes.ts';

Error.stackTraceLimit = 0; // much is thrown, and nobody reads where
const [first = 1, last = 1, step = 1] = process.argv.slice(2, 5).map(Number);
const theme = process.argv[5] as Theme | undefined;
for (let seed = first; seed <= last; seed += step) {
  const { violations, events, jobs, hours } = await simulate({ seed, ...(theme ? { theme } : {}) });
  process.send!({ seed, violations, events, jobs, hours });
}
process.disconnect();
