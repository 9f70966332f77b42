import { guardedLookup } from '../shared/guarded-lookup.ts';
import { isOutside } from '../shared/url-guard.ts';

/** Platforms may have internal addresses where the environment's config says so: on one's own machine, or in one's own network. */
export const mayBeInternal = (): boolean => process.env['INTERNAL_PLATFORMS'] === 'allowed';

/** Resolves a platform's name; one with an internal address is not connected to, unless the config allows it. */
export const platformLookup = guardedLookup((address) => mayBeInternal() || isOutside(address, { loopback: false }));
