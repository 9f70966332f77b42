import type { Platform } from '../model.ts';

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

/** Whose files: the platform's own host, or one that is registered beside it. */
export interface AssetUrl {
  url: URL;
  /** The platform's own origin: only there goes what we prove ourselves with. */
  own: boolean;
}

/**
 * The URL of a file of a platform's results that may be fetched, else undefined: `https`, on the platform's own host or
 * one of its result hosts, without credentials. Plain `http` only where the platform itself is registered so, or to a
 * listed loopback host, which none but a local environment lists.
 */
export function assetUrl(href: string, { baseUrl, resultHosts }: Pick<Platform, 'baseUrl' | 'resultHosts'>): AssetUrl | undefined {
  const url = URL.parse(href);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const own = url.origin === new URL(baseUrl).origin;
  if (own) return { url, own };
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname))) return undefined;
  return resultHosts?.includes(url.host) ? { url, own } : undefined;
}
