import type { UrlRules } from '../shared/url-guard.ts';

/** Only beside an emulator do platforms and clients run on this machine. */
const isLocal = (): boolean => process.env['AWS_ENDPOINT_URL'] !== undefined;

/** Which URLs may be called with news of jobs: their body and their answer are nobody else's to read. */
export const urlRules = (): UrlRules => ({ schemes: isLocal() ? ['https:', 'http:'] : ['https:'], loopback: isLocal() });

/** Which may be handed to a platform. */
export const inputRules = (): UrlRules => ({ schemes: ['https:', 'http:'], loopback: isLocal() });
