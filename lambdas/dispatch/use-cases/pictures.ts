import type { Job } from '../model.ts';
import { itemPath, type StacAsset, type StacItem } from '../rules/stac.ts';
import { discard, openAsset } from './copies.ts';
import type { Deps } from './deps.ts';
import { mayBeSigned } from './results.ts';

/** A picture among the results of a job. */
export interface Picture {
  /** West, south, east, north (CRS84) of the results. */
  bbox: number[];
  /** Its bytes, or `none` where it is not there or larger than that; `later`: its platform does not answer now. */
  read(mostBytes: number): Promise<Uint8Array | 'none' | 'later'>;
}

const isPicture = ({ type }: StacAsset): boolean => /^image\/(?:png|jpeg)\b/i.test(type ?? '');

/** The first picture of a job whose results are there; undefined where it has none, or nobody knows where it lies. */
export async function pictureOf(deps: Deps, job: Job): Promise<Picture | undefined> {
  const stored = await deps.workspace.read(job.owner, itemPath(job.jobId));
  if (stored === undefined) return undefined;
  const { bbox, assets } = JSON.parse(stored) as StacItem;
  const [name, asset] = Object.entries(assets).find(([, one]) => isPicture(one)) ?? [];
  if (name === undefined || asset === undefined || bbox?.length !== 4) return undefined;
  return { bbox, read: (mostBytes) => readFile(deps, job, name, asset, mostBytes) };
}

async function readFile(deps: Deps, job: Job, name: string, asset: StacAsset, mostBytes: number): ReturnType<Picture['read']> {
  const { bucket } = deps.workspace;
  if (asset.href.startsWith('s3:')) {
    if (!mayBeSigned(asset.href, job, bucket)) return 'none';
    return (await deps.workspace.loadFile(asset.href.slice(`s3://${bucket}/`.length), mostBytes)) ?? 'none';
  }
  const opened = (await deps.platform(job.platformId)) && (await openAsset(deps, job, name, asset));
  if (opened?.kind !== 'found') return opened?.kind === 'unavailable' ? 'later' : 'none';
  if ((opened.bytes ?? 0) > mostBytes) {
    await discard(opened.body);
    return 'none';
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of opened.body) {
      bytes += part.length;
      if (bytes > mostBytes) return 'none'; // leaving the loop ends the connection
      parts.push(part);
    }
  } catch {
    return 'later'; // it broke off
  }
  return opened.bytes !== undefined && bytes !== opened.bytes ? 'later' : Buffer.concat(parts);
}
