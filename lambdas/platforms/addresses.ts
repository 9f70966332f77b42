import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/** Addresses that no public host has (IANA special-purpose registries): a function might reach something of ours there. */
const internal = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local; credentials of functions and machines
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3], // multicast, reserved, broadcast
] as const)
  internal.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 96], // unspecified, loopback, and IPv4 in the form ::a.b.c.d
  ['64:ff9b::', 96], // IPv4 behind NAT64
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16], // IPv4 in 6to4
  ['fc00::', 7],
  ['fe80::', 9], // link-local, and site-local of old
  ['ff00::', 8],
] as const)
  internal.addSubnet(network, bits, 'ipv6');

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');
const isInternalAddress = (address: string): boolean => internal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether a URL's host names something internal by itself, before any name is resolved. */
export function isInternalHost(hostname: string): boolean {
  const host = bare(hostname).toLowerCase().replace(/\.$/, '');
  if (isIP(host) !== 0) return isInternalAddress(host);
  return !host.includes('.') || /\.(?:localhost|local|internal|lan|home\.arpa)$/.test(host);
}

/** Platforms may have internal addresses where the environment's config says so: on one's own machine, or in one's own network. */
export const mayBeInternal = (): boolean => process.env['INTERNAL_PLATFORMS'] === 'allowed';

type Answer = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Resolves a name for a connection that is about to be made; one with an internal address is not connected to. */
export function guardedLookup(hostname: string, options: LookupOptions, answer: Answer): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const inside = error === null && !mayBeInternal() && addresses.some(({ address }) => isInternalAddress(address));
    if (error !== null) answer(error, []);
    else if (inside) answer(Object.assign(new Error('an internal address'), { code: 'INTERNAL_ADDRESS' }), []);
    else if (options.all) answer(null, addresses);
    else answer(null, addresses[0]!.address, addresses[0]!.family);
  });
}
