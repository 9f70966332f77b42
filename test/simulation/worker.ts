// node worker.ts <first seed> <last seed> <step>: plays seeds and tells its parent of each.
import { simulate } from './simulate.ts';

Error.stackTraceLimit = 0; // much is thrown, and nobody reads where
const [first = 1, last = 1, step = 1] = process.argv.slice(2).map(Number);
for (let seed = first; seed <= last; seed += step) {
  const { violations, events, jobs, hours } = await simulate({ seed });
  process.send!({ seed, violations, events, jobs, hours });
}
process.disconnect();
