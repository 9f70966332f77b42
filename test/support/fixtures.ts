import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Published specifications and example payloads, kept beside the repository: they are reference data and not part of it. */
const folder = resolve(process.env['SWATH_FIXTURES'] ?? '../shared/fixtures');

/** Whether the published document is there; a suite that needs it says so and skips where it is not. */
export function hasFixture(path: string): boolean {
  const there = existsSync(`${folder}/${path}`);
  if (!there) console.warn(`Skipped: ${path} is not in ${folder}. Set SWATH_FIXTURES to the folder that has it.`);
  return there;
}

export const fixture = <T>(path: string): T => JSON.parse(readFileSync(`${folder}/${path}`, 'utf8')) as T;
