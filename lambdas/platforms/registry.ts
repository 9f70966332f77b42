import * as z from 'zod';
import { jsonEnv } from '../shared/env.ts';
import { Platform } from './model.ts';
import { findPlatform } from './rules.ts';

/** The platforms that this deployment may send work to. */
export interface Registry {
  readonly all: readonly Platform[];
  /** By id, or by the base URL that it was registered with. */
  find(idOrUrl: string): Platform | undefined;
}

/** The registry that the environment's config seeds. */
export function registryFromEnv(): Registry {
  const all = jsonEnv('PLATFORMS', z.array(Platform));
  return { all, find: (idOrUrl) => findPlatform(all, idOrUrl) };
}
