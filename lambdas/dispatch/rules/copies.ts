import { resultsPrefixes } from '../../platforms/model.ts';
import { jobFolder, type StacAsset, type StacItem } from './stac.ts';

/** Files of one job that are copied at most: one execution of a state machine holds 25,000 events, ten for each try of a file. The state machine tries four times. */
const mostCopies = 500;

/** How the copy of one file ended. `again`: it may succeed later. */
type CopyOutcome = 'copied' | 'again' | 'too-large' | 'missing' | 'expired' | 'refused' | 'failed' | 'superseded';

/** What a try of a copy says; names only, so that no link travels through a state machine. */
export interface Copied {
  /** Number of the file within its item, from 1. */
  asset: number;
  outcome: CopyOutcome;
  bytes?: number;
  sha256?: string;
}

/** Why a file is not in the workspace, in words for its owner. */
const reasons: Record<Exclude<CopyOutcome, 'copied'>, string> = {
  again: 'the platform did not hand it out, however often it was asked',
  'too-large': 'it is larger than files of this platform may be',
  missing: 'the platform does not have it any more',
  expired: 'its link does not work, nor does a new one',
  refused: 'it lies on a host that files are not copied from',
  failed: 'copying it failed',
  superseded: 'copying it failed',
};

/** Usual endings by media type: a file's own name may hold anything, and becomes no part of a key. */
const endings: Readonly<Record<string, string>> = {
  'image/tiff': 'tif',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/jp2': 'jp2',
  'application/json': 'json',
  'application/geo+json': 'geojson',
  'application/x-netcdf': 'nc',
  'application/netcdf': 'nc',
  'application/x-hdf5': 'h5',
  'application/geopackage+sqlite3': 'gpkg',
  'application/vnd.apache.parquet': 'parquet',
  'application/zip': 'zip',
  'application/xml': 'xml',
  'text/csv': 'csv',
  'text/plain': 'txt',
};

/** Where the copy of a file lies below the owner's workspace. */
export function copyPath(jobId: string, asset: number, type: string | undefined): string {
  const media = type?.split(';')[0]!.trim().toLowerCase() ?? '';
  return `${jobFolder(jobId)}Output/${asset}.${Object.hasOwn(endings, media) ? endings[media] : 'bin'}`;
}

/** What can be fetched: from another host, or out of the folder that containers write to. */
const fetchable = new RegExp(`^https?:|^s3://[^/]+/${resultsPrefixes.batch}`, 'i');

/** The files of an item that are to be copied, by number. */
export const toCopy = (item: StacItem): { number: number; name: string; asset: StacAsset }[] =>
  Object.entries(item.assets)
    .map(([name, asset], index) => ({ number: index + 1, name, asset }))
    .filter(({ asset }) => fetchable.test(asset.href))
    .slice(0, mostCopies);

/** Seconds before the next try. */
export const pauseBeforeTry = (tries: number, first: number): number => Math.ceil(first * 4 ** Math.max(0, tries - 1));

/**
 * The item with the files that were copied in the workspace; the others keep their reference, and say why. The original
 * name stays: as the key of the asset, and as its title where it has no other.
 */
export function withCopies(
  item: StacItem,
  results: readonly Copied[],
  keyOf: (asset: number, type: string | undefined) => string,
): StacItem {
  const by = new Map(results.map((one) => [one.asset, one]));
  const assets = { ...item.assets };
  for (const { number, name, asset } of toCopy(item)) {
    const { outcome, bytes, sha256 } = by.get(number) ?? { outcome: 'failed' as const };
    if (outcome !== 'copied') {
      assets[name] = { ...asset, 'swath:note': `Not copied: ${reasons[outcome]}.` };
      continue;
    }
    const copy: StacAsset = {
      ...asset,
      href: keyOf(number, asset.type),
      title: asset.title ?? name,
      'swath:source': asset.href,
      ...(bytes === undefined ? {} : { 'file:size': bytes }),
      ...(sha256 === undefined ? {} : { 'file:checksum': `1220${sha256}` }),
    };
    delete copy['swath:signed'];
    assets[name] = copy;
  }
  const anyCopied = Object.values(assets).some(isCopied);
  return { ...item, stac_extensions: anyCopied ? [fileExtension] : [], assets };
}

const isCopied = (asset: StacAsset): boolean => asset['swath:source'] !== undefined;

/** What an item with copies says of them: the bytes that were copied, and in words what was not. */
export function copiesIn({ assets }: StacItem): { bytes: number; message?: string } {
  const copies = Object.values(assets).filter(isCopied);
  const left = Object.values(assets).filter((asset) => asset['swath:note'] !== undefined).length;
  const message = `${left} of ${left + copies.length} files could not be copied: their links lead to the platform.`;
  return {
    bytes: copies.reduce((sum, asset) => sum + (asset['file:size'] ?? 0), 0),
    ...(left === 0 ? {} : { message }),
  };
}
const fileExtension = 'https://stac-extensions.github.io/file/v2.1.0/schema.json';
