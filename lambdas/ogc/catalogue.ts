import type { RegisteredPlatform } from '../platforms/model.ts';
import type { PlatformClient, ProcessSummary, ReadOutcome } from '../platforms/ports.ts';
import type { Clock } from '../shared/time/clock.ts';
import type { Catalogue } from './ports.ts';

/** Descriptions change seldom; a platform is asked for each at most this often by one function. */
const freshMs = 5 * 60_000;
/** After a platform did not answer, it is left alone for so long. */
const restMs = 15_000;
/** Descriptions kept at once. */
const mostKept = 500;

interface Kept<Value> {
  outcome: ReadOutcome<Value>;
  until: number;
}

/** Remembers what `read` found; what was found once is still told while the platform does not answer. */
function memory<Value>(clock: Clock) {
  const kept = new Map<string, Kept<Value>>();
  return async (key: string, read: () => Promise<ReadOutcome<Value>>): Promise<ReadOutcome<Value>> => {
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.now()) return known.outcome;
    const seen = await read();
    const outcome = seen.kind === 'unavailable' && known?.outcome.kind === 'found' ? known.outcome : seen;
    if (!kept.has(key) && kept.size >= mostKept) kept.delete(kept.keys().next().value!);
    kept.set(key, { outcome, until: clock.now() + (seen.kind === 'found' ? freshMs : restMs) });
    return outcome;
  };
}

/** The processes of the registered platforms, kept for as long as the function lives. */
export function catalogue(
  platforms: () => Promise<readonly RegisteredPlatform[]>,
  client: (platform: RegisteredPlatform) => PlatformClient,
  clock: Clock,
): Catalogue {
  const lists = memory<ProcessSummary[]>(clock);
  const descriptions = memory<ProcessSummary>(clock);
  // The base URL belongs to the key: an entry of the registry may be replaced.
  const keyOf = ({ id, baseUrl }: RegisteredPlatform, process = ''): string => JSON.stringify([id, baseUrl, process]);
  return {
    platforms,
    list: (platform) => lists(keyOf(platform), () => client(platform).listProcesses()),
    describe: (platform, process) => descriptions(keyOf(platform, process), () => client(platform).describe(process)),
  };
}
