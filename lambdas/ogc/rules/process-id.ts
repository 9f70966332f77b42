import type { RegisteredPlatform } from '../../platforms/model.ts';
import { isPackageProcess } from '../../platforms/packages/model.ts';

/** The process of a platform as this door calls it: `<platform>:<process>`, a built-in one by its own name alone. */
export const processId = (platform: Pick<RegisteredPlatform, 'id' | 'kind'> | undefined, platformId: string, process: string): string =>
  platform?.kind === 'builtin' ? process : `${platformId}:${process}`;

/** The platform and process that an id names; undefined for a platform that is not registered, and for a deployed process, which is not seen by everybody. */
export function serviceOf(
  platforms: readonly RegisteredPlatform[],
  id: string,
): { platform: RegisteredPlatform; process: string } | undefined {
  const colon = id.indexOf(':');
  const named = colon > 0 ? platforms.find((platform) => platform.id === id.slice(0, colon)) : undefined;
  if (named !== undefined) {
    const process = id.slice(colon + 1);
    return isPackageProcess(process) ? undefined : { platform: named, process };
  }
  const builtin = colon < 0 ? platforms.find(({ kind }) => kind === 'builtin') : undefined;
  return builtin && { platform: builtin, process: id };
}
