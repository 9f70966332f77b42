import { isInnerHost } from '../../shared/url-guard.ts';

/**
 * What speaks against a platform's base URL; undefined where nothing does. `internal`: the environment allows platforms
 * with internal addresses, and then plain HTTP too.
 */
export function baseUrlFault(baseUrl: string, internal: boolean): string | undefined {
  const url = URL.parse(baseUrl);
  if (url === null) return 'Must be an absolute URL.';
  if (url.username !== '' || url.password !== '')
    return 'Must hold no user name and no password: the account of a platform is set on its own.';
  if (url.search !== '' || url.hash !== '') return 'Must end with its path: no query, no fragment.';
  if (url.protocol !== 'https:' && !(internal && url.protocol === 'http:')) return 'Must begin with https://.';
  if (!internal && isInnerHost(url.hostname, { loopback: false }))
    return 'Must name a public host: this deployment does not call internal addresses.';
  return undefined;
}
