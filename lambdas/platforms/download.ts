import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIPv6, type LookupFunction } from 'node:net';
import type { Platform, PlatformTimes } from './model.ts';
import type { AssetOutcome } from './ports.ts';
import { assetUrl, type AssetUrl } from './rules/asset-url.ts';

/** Redirects that are followed: object stores answer with one, a load balancer with another. */
const mostRedirects = 3;

/** Addresses that no file of a platform has (IANA special-purpose registries): a name that leads there is a trap. */
const internal = new BlockList();
for (const [net, bits] of [
  ...(['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'] as const),
  ...(['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'] as const),
].map((subnet) => subnet.split('/') as [string, string]))
  internal.addSubnet(net, Number(bits), 'ipv4');
for (const [net, bits] of ['::/127', 'fc00::/7', 'fe80::/10', 'ff00::/8', '64:ff9b::/96'].map(
  (subnet) => subnet.split('/') as [string, string],
))
  internal.addSubnet(net, Number(bits), 'ipv6');

/** Whether an address is one of ours or of nobody; an IPv4 address in IPv6 form is judged as what it is. */
export function isInternal(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return internal.check(mapped, 'ipv4');
  return internal.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The resolver of hosts that are not the platform's own: the connection goes to the very address that was judged. */
const publicOnly: LookupFunction = (hostname, options, callback) =>
  resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    const bad = error === null ? found.find(({ address }) => isInternal(address)) : undefined;
    if (error !== null || found.length === 0) callback(error ?? new Error(`${hostname} has no address`), '');
    else if (bad !== undefined) callback(new InternalAddress(hostname), '');
    else if (options.all) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  });

class InternalAddress extends Error {
  constructor(hostname: string) {
    super(`${hostname} leads to an internal address`);
  }
}

/**
 * Opens a file of a platform's results for reading. It is fetched from the platform's own host and its result hosts only,
 * at each redirect anew, and `authorization` goes to the platform's own host alone. The body ends with an error when the
 * platform breaks off, or sends nothing for as long as an answer may take.
 */
export async function openAsset(
  platform: Pick<Platform, 'baseUrl' | 'resultHosts'>,
  href: string,
  authorization: () => Promise<string | undefined>,
  times: PlatformTimes,
): Promise<AssetOutcome> {
  let target = assetUrl(href, platform);
  for (let redirects = 0; target !== undefined && redirects <= mostRedirects; redirects += 1) {
    let answer: IncomingMessage;
    try {
      answer = await get(target, target.own ? await authorization() : undefined, times);
    } catch (error) {
      if (error instanceof InternalAddress) return { kind: 'refused', message: `${error.message}.` };
      return { kind: 'unavailable', message: `${target.url.host}: ${(error as Error).message}` };
    }
    const status = answer.statusCode ?? 0;
    if (status === 200) return { kind: 'found', body: answer, ...facts(answer) };
    answer.destroy();
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return notFound(status, target.url.host);
    target = assetUrl(URL.parse(location, target.url.href)?.href ?? '', platform);
  }
  return {
    kind: 'refused',
    message: target === undefined ? 'It lies on a host that is not registered with the platform.' : 'It redirects too often.',
  };
}

function facts({ headers }: IncomingMessage): { bytes?: number; type?: string } {
  const bytes = Number(headers['content-length'] ?? Number.NaN);
  const type = headers['content-type'];
  return { ...(Number.isSafeInteger(bytes) ? { bytes } : {}), ...(type === undefined ? {} : { type }) };
}

/** Signed links that are over are answered 401, 403 (object stores) or 410 (openEO `ResultLinkExpired`). */
function notFound(status: number, host: string): AssetOutcome {
  const message = `${host} answered ${status}.`;
  if (status === 401 || status === 403 || status === 410) return { kind: 'expired', message };
  if (status === 404) return { kind: 'missing' };
  if (status === 408 || status === 429 || status >= 500) return { kind: 'unavailable', message };
  return { kind: 'refused', message };
}

function get({ url, own }: AssetUrl, authorization: string | undefined, times: PlatformTimes): Promise<IncomingMessage> {
  const options: RequestOptions = {
    agent: false,
    headers: { accept: '*/*', 'accept-encoding': 'identity', ...(authorization === undefined ? {} : { authorization }) },
    // A loopback name is listed by hand, and by no environment but a local one.
    ...(own || url.hostname === 'localhost' ? {} : { lookup: publicOnly }),
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
    // From the connection on: no sign of life for so long ends the request, also in the middle of the body.
    request.setTimeout((times.connectSeconds + times.readSeconds) * 1000, () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('response', resolve);
    request.end();
  });
}
