import type { Clock } from '../../shared/time/clock.ts';
import { httpClient, type HttpClient } from '../http-client.ts';
import type { PlatformTimes } from '../model.ts';
import type { ReadOutcome } from '../ports.ts';
import { json, pathBelow } from '../replies/model.ts';
import { problemText } from '../rules/answers.ts';
import { Capabilities, Versions } from './model.ts';
import { newest, understood } from './rules/versions.ts';

/** How long a root that was found is used before it is looked for again. */
const keptMs = 3_600_000;

/** Where a platform's API begins, and requests to it. */
export interface Root {
  url: string;
  http: HttpClient;
}

const trimmed = (url: string): string => url.replace(/\/+$/, '');
const unavailable = (message: string): { kind: 'unavailable'; message: string } => ({ kind: 'unavailable', message });

/**
 * Finds the API root of a platform from its registered base URL: the newest version that the well-known document lists
 * below the base URL, else the base URL itself if it is a root. Versions elsewhere are not followed: our token would
 * go there. A platform that does not answer has no root for now, so that nothing is sent to a wrong address.
 */
export class ApiRoot {
  private readonly baseUrl: string;
  private readonly times: PlatformTimes;
  private readonly clock: Clock;
  private known: { until: number; root: Promise<ReadOutcome<Root>> } | undefined;

  constructor(baseUrl: string, times: PlatformTimes, clock: Clock) {
    this.baseUrl = trimmed(baseUrl);
    this.times = times;
    this.clock = clock;
  }

  /** Asks once for all that ask at the same time; what was not found is asked for again next time. */
  async find(): Promise<ReadOutcome<Root>> {
    if (this.known === undefined || this.known.until <= this.clock.now())
      this.known = { until: this.clock.now() + keptMs, root: this.discover() };
    const { known } = this;
    const found = await known.root;
    if (found.kind !== 'found' && this.known === known) this.forget();
    return found;
  }

  forget(): void {
    this.known = undefined;
  }

  private async discover(): Promise<ReadOutcome<Root>> {
    const base = httpClient(this.baseUrl, this.times, this.clock);
    const answer = await base.send('GET', '/.well-known/openeo');
    if (answer.kind !== 'answer') return unavailable(answer.message);
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return unavailable(problemText(answer));
    const versions = Versions.safeParse(json(answer.text)).data?.versions ?? [];
    const below = versions.flatMap((version) => {
      const path = pathBelow(`${trimmed(version.url)}/`, answer.url, this.baseUrl);
      return path === undefined ? [] : [{ ...version, url: trimmed(this.baseUrl + path) }];
    });
    const version = newest(below);
    if (version !== undefined) return this.root(version.url);
    const capabilities = await base.send('GET', '/');
    if (capabilities.kind !== 'answer') return unavailable(capabilities.message);
    const api = Capabilities.safeParse(json(capabilities.text)).data;
    if (capabilities.status === 200 && api !== undefined && understood(api.api_version)) return this.root(this.baseUrl);
    return unavailable(`There is no openEO API of version 1 below ${this.baseUrl}.`);
  }

  private root = (url: string): ReadOutcome<Root> => ({
    kind: 'found',
    value: { url, http: httpClient(url, this.times, this.clock) },
  });
}
