import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../shared/time/clock.ts';
import { isInnerHost } from '../shared/url-guard.ts';
import { mayBeInternal, platformLookup } from './addresses.ts';
import type { PlatformTimes } from './model.ts';

/** Largest answer that is read unless said otherwise, in bytes; what is larger is cut off. */
const usualBytes = 8 * 1024 * 1024;

/** An answer that arrived completely, or as far as the bound (`cut`). Times are ours, in ms since the epoch. */
export interface Answer {
  kind: 'answer';
  url: string;
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  bytes: Uint8Array;
  cut: boolean;
  sentAt: number;
  receivedAt: number;
}

/** `unreached`: no connection came about, so the request was never sent. `broken`: it may have been sent and carried out. `credential`: it needed one that does not work. */
export type Exchange = Answer | { kind: 'unreached'; message: string; credential?: true } | { kind: 'broken'; message: string };

export type Method = 'GET' | 'POST' | 'DELETE';

export interface HttpClient {
  /** `path` is below the base URL and starts with `/`; its variable parts are encoded already. */
  send(method: Method, path: string, body?: unknown, headers?: Record<string, string>, bounds?: Bounds): Promise<Exchange>;
}

/** What ends an exchange beside its time-outs: more bytes than are wanted, or its caller. */
export interface Bounds {
  maxBytes?: number;
  signal?: AbortSignal;
}

/**
 * Requests to one platform: one try each, no redirects, no other host. `node:http` instead of `fetch`, because only it
 * tells a connection that never came about (nothing happened) from one that broke (anything may have happened), and
 * because each request has a connection of its own: a pooled one that the platform closed while the function was
 * frozen would look like a lost answer. Internal addresses are not connected to, unless the environment allows them.
 */
export function httpClient(baseUrl: string, times: PlatformTimes, clock: Clock, maxBytes = usualBytes): HttpClient {
  const base = baseUrl.replace(/\/+$/, '');
  const payload = (body: unknown) => (body === undefined ? undefined : { type: 'application/json', text: JSON.stringify(body) });
  return {
    send: (method, path, body, headers = {}, bounds = {}) =>
      exchange(new URL(base + path), method, payload(body), headers, times, clock, { maxBytes, ...bounds }),
  };
}

/** One form to a token endpoint that the registry names, under the same rules. */
export const formPost = (
  url: string,
  form: Record<string, string>,
  authorization: string | undefined,
  times: PlatformTimes,
  clock: Clock,
): Promise<Exchange> => {
  const body = { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
  return exchange(new URL(url), 'POST', body, authorization === undefined ? {} : { authorization }, times, clock, {});
};

function exchange(
  url: URL,
  method: Method,
  body: { type: string; text: string } | undefined,
  headers: Record<string, string>,
  times: PlatformTimes,
  clock: Clock,
  { maxBytes = usualBytes, signal }: Bounds,
): Promise<Exchange> {
  if (!mayBeInternal() && isInnerHost(url.hostname, { loopback: false }))
    return Promise.resolve({ kind: 'unreached', message: `${url.host} is an internal address, which this deployment does not call.` });
  const payload = body === undefined ? undefined : Buffer.from(body.text);
  const secure = url.protocol === 'https:';
  return new Promise((resolve) => {
    let connected = false;
    let answered = false;
    const sentAt = clock.now();
    const request = (secure ? requestHttps : requestHttp)(url, {
      method,
      agent: false,
      lookup: platformLookup,
      headers: {
        accept: 'application/json',
        ...(body && payload ? { 'content-type': body.type, 'content-length': String(payload.length) } : {}),
        ...headers,
      },
    });
    const broken = () => fail('was left before it answered.');
    const end = (result: Exchange) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', broken);
      answered = true;
      resolve(result);
      request.destroy();
    };
    const fail = (reason: string) => {
      if (answered) return;
      const message = `${url.host} ${reason}`;
      end(connected ? { kind: 'broken', message } : { kind: 'unreached', message });
    };
    const withinSeconds = (seconds: number, what: string) => setTimeout(() => fail(`${what} within ${seconds} s.`), seconds * 1000);
    let timer = withinSeconds(times.connectSeconds, 'did not accept a connection');
    signal?.addEventListener('abort', broken);

    request.on('socket', (socket) =>
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        if (answered) return;
        connected = true;
        clearTimeout(timer);
        timer = withinSeconds(times.readSeconds, 'did not answer');
      }),
    );
    request.on('error', (error: NodeJS.ErrnoException) =>
      fail(connected ? `broke the connection (${error.code ?? error.message}).` : `cannot be reached (${error.code ?? error.message}).`),
    );
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (cut: boolean) => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        const status = response.statusCode ?? 0;
        end({ kind: 'answer', url: url.href, status, headers: response.headers, text, bytes, cut, sentAt, receivedAt: clock.now() });
      };
      response.on('data', (chunk: Buffer) => {
        if (answered) return;
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) finish(true);
      });
      response.on('end', () => {
        if (!answered) finish(false);
      });
      response.on('error', () => fail('broke off its answer.'));
      response.on('close', () => fail('broke off its answer.'));
    });
    request.end(payload);
  });
}
