import { BlockList, isIP } from 'node:net';

/** Addresses that are nobody's on the Internet (IANA special-purpose registries): ours, the cloud's own services, or no host at all. */
// One list a family: a list checks IPv4 addresses against its IPv6 nets, too.
const internal = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [net, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
  ] as const),
  ...([
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
  ] as const),
  ...([
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
])
  internal.ipv4.addSubnet(net, bits, 'ipv4');
// Only 2000::/3 is given out; inside it stand documentation, 6to4 and Teredo, which carry IPv4 addresses.
for (const [net, bits] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  internal.ipv6.addSubnet(net, bits, 'ipv6');
const isLoopback = (address: string): boolean => address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

export interface UrlRules {
  /** URL schemes with their colon. */
  schemes: readonly string[];
  /** This machine may be named: only where platforms and clients run on it, too. */
  loopback: boolean;
}

/** Whether an IP address may be called. */
export function isOutside(address: string, { loopback: here }: Pick<UrlRules, 'loopback'>): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isLoopback(address)) return here;
  return isIP(address) !== 0 && !internal[family].check(address, family);
}

/** Names that resolve inside a network only. */
const innerName = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|localdomain|arpa)$/;

/** Whether a URL's host names something inside by itself, before any name is resolved. */
export function isInnerHost(hostname: string, rules: Pick<UrlRules, 'loopback'>): boolean {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(host) !== 0) return !isOutside(host, rules);
  if (host === 'localhost') return !rules.loopback;
  return innerName.test(host) || !host.includes('.');
}

/**
 * Why a URL from outside may not be called or handed on; undefined when it may. It decides by the text alone: who calls the
 * URL must look at the address that the name resolves to as well.
 */
export function urlFault(text: string, rules: UrlRules): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'This is no absolute URL.';
  if (!rules.schemes.includes(url.protocol)) return `A URL here starts with ${rules.schemes.map((one) => `${one}//`).join(' or ')}.`;
  if (url.username !== '' || url.password !== '') return 'A URL here may not hold a user name or a password.';
  return isInnerHost(url.hostname, rules) ? 'This URL leads to an internal address, which is not called.' : undefined;
}
