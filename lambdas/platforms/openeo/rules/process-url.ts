/** Whether a process is named by the URL of its description, rather than by an id of the platform. */
export const isUrl = (process: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(process);

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

/**
 * The URL of a process description that may be fetched, else undefined: `https`, on one of the platform's process hosts,
 * without credentials. Plain `http` only to a listed loopback host, which none but a local environment lists.
 */
export function processUrl(process: string, hosts: readonly string[]): URL | undefined {
  const url = URL.parse(process);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname))) return undefined;
  return hosts.includes(url.host) ? url : undefined;
}
