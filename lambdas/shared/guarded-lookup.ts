import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';

type Found = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** The system's resolver, or one that a test speaks for. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  found: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Resolves a name for a connection that is about to be made. One with an address that may not be called is not connected to; what is
 * judged is what is connected to, so a name that changes its address in between leads nowhere.
 */
export const guardedLookup =
  (mayCall: (address: string) => boolean, resolve: Resolve = lookup) =>
  (hostname: string, options: LookupOptions, found: Found): void =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) found(error, []);
      else if (!addresses.every(({ address }) => mayCall(address)))
        found(Object.assign(new Error('an internal address'), { code: 'INTERNAL_ADDRESS' }), []);
      else if (options.all) found(null, addresses);
      else found(null, addresses[0]!.address, addresses[0]!.family);
    });
