import type { Answer, Bounds, Exchange, Method } from '../http-client.ts';
import type { Authorized } from '../authorized.ts';
import type { ReadOutcome } from '../ports.ts';
import { pathBelow, segment } from '../replies/model.ts';
import { anyAnswer, problemText } from '../rules/answers.ts';
import { linked } from './model.ts';
import type { ApiRoot } from './root.ts';
import { codeOf, isOutdated } from './rules/answers.ts';

export const unavailable = (message: string): { kind: 'unavailable'; message: string } => ({ kind: 'unavailable', message });
export const missing = { kind: 'missing' } as const;
export const unreadable = "The platform's answer cannot be read.";
export const isOk = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** Requests to the API of one openEO back-end, below the root that was found, with the authorization that it takes. */
export class Requests {
  private readonly root: ApiRoot;
  private readonly authorized: Authorized;

  constructor(root: ApiRoot, authorized: Authorized) {
    this.root = root;
    this.authorized = authorized;
  }

  /** Reads a list page by page. `take` keeps what a page holds and returns its links; undefined for a page that is none. */
  async pages(
    first: string,
    most: number,
    take: (answer: Answer) => readonly unknown[] | undefined,
  ): Promise<'complete' | 'too long' | { message: string }> {
    const seen = new Set<string>();
    let path = first;
    while (!seen.has(path) && seen.size < most) {
      seen.add(path);
      const page = await this.page(path, take);
      if (page.kind === 'unavailable') return page;
      if (page.next === undefined) return 'complete';
      path = page.next;
    }
    return 'too long';
  }

  async page(
    path: string,
    take: (answer: Answer) => readonly unknown[] | undefined,
  ): Promise<{ kind: 'found'; next?: string } | { kind: 'unavailable'; message: string }> {
    const answer = await this.ask('GET', path);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    if (!isOk(answer)) return unavailable(problemText(answer));
    const links = answer.cut ? undefined : take(answer);
    if (links === undefined) return unavailable('A list of the platform cannot be read.');
    const next = linked(links, 'next');
    if (next === undefined) return { kind: 'found' };
    const root = await this.root.find();
    const below = root.kind === 'found' ? pathBelow(next, answer.url, root.value.url) : undefined;
    return below === undefined ? unavailable('A list of the platform goes on outside its API.') : { kind: 'found', next: below };
  }

  async read<Value>(
    method: Method,
    platformJobId: string,
    below: '' | '/results',
    parse: (answer: Answer) => Value | undefined,
  ): Promise<ReadOutcome<Value>> {
    const job = segment(platformJobId);
    if (job === undefined) return missing;
    const answer = await this.ask(method, `/jobs/${job}${below}`);
    if (answer.kind !== 'answer') return unavailable(answer.message);
    if (!isOk(answer)) {
      const gone = (answer.status === 404 || answer.status === 410) && !isOutdated(answer);
      return gone ? missing : unavailable(problemText(answer));
    }
    const value = parse(answer);
    return value === undefined ? unavailable(unreadable) : { kind: 'found', value };
  }

  /** One request to the API, with what it needs before: a root or an authorization that cannot be had means it was never sent. */
  async ask(method: Method, path: string, body?: unknown, bounds?: Bounds): Promise<Exchange> {
    const root = await this.root.find();
    if (root.kind !== 'found') return { kind: 'unreached', message: root.kind === 'unavailable' ? root.message : unreadable };
    const headers: Record<string, string> = bounds === undefined ? {} : { accept: anyAnswer };
    const answer = await this.authorized.send(root.value.http, { method, path, body, headers, bounds });
    if (answer.kind === 'answer' && codeOf(answer) === 'UnsupportedApiVersion') this.root.forget();
    return answer;
  }
}
