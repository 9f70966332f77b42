import type { Version } from '../model.ts';

/** The parts of an API version: `1.2.0`, `1.3.0-rc.1`. Releases come after their candidates. */
function parts(version: string): number[] | undefined {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?(-.+)?$/.exec(version);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0), match[4] === undefined ? 1 : 0];
}

/** 1.x is compatible within itself, so every version from 1.0.0 on is understood, and none of another major version. */
export const understood = (version: string): boolean => parts(version)?.[0] === 1;

/** Newest first; what is meant for production comes before what is not. */
function newer(a: Version, b: Version): number {
  const production = Number(b.production === true) - Number(a.production === true);
  if (production !== 0) return production;
  const [left, right] = [parts(a.api_version)!, parts(b.api_version)!];
  return left.map((part, index) => right[index]! - part).find((difference) => difference !== 0) ?? 0;
}

/** The version to speak of those that a well-known document lists; undefined when none is understood. */
export const newest = (versions: readonly Version[]): Version | undefined =>
  versions.filter(({ api_version: version }) => understood(version)).toSorted(newer)[0];
