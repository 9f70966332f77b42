import type { PlatformOutput } from '../../platforms/ports.ts';
import { valueWithoutSecrets } from '../../shared/redact.ts';
import type { Job, Spec } from '../model.ts';

/** The job's folder below the owner's workspace. */
export const jobFolder = (jobId: string): string => `jobs/${jobId}/`;
/** The item as it is before its files are copied: the copies are numbered by it. */
export const draftPath = (jobId: string): string => `${jobFolder(jobId)}draft.json`;
export const itemPath = (jobId: string): string => `${jobFolder(jobId)}item.json`;

/** What a platform answered to a synchronous call, as it came. */
export const answerPath = (jobId: string): string => `${jobFolder(jobId)}Output/answer`;

interface StacLink {
  rel: string;
  href: string;
  type?: string;
  title?: string;
}
export interface StacItem {
  type: 'Feature';
  stac_version: '1.1.0';
  stac_extensions: string[];
  id: string;
  geometry: Record<string, unknown> | null;
  bbox?: number[];
  properties: Record<string, unknown>;
  links: StacLink[];
  assets: Record<string, StacAsset>;
}
export interface StacAsset {
  href: string;
  type?: string;
  title?: string;
  roles: string[];
  /** STAC File Extension 2.1: bytes, and the SHA-256 as a multihash. */
  'file:size'?: number;
  'file:checksum'?: string;
  /** Where a copied file came from. */
  'swath:source'?: string;
  /** Only as stored: the link works for a while, and `href` is the document in which the platform gives a new one. */
  'swath:signed'?: true;
  'swath:note'?: string;
}

/** Every position of a GeoJSON geometry. */
function positions(coordinates: unknown): number[][] {
  if (!Array.isArray(coordinates)) return [];
  if (typeof coordinates[0] === 'number') return [coordinates as number[]];
  return coordinates.flatMap(positions);
}

/** West, south, east, north (CRS84) of a GeoJSON geometry; undefined when there is no position. */
function bboxOf(geometry: unknown): [number, number, number, number] | undefined {
  const all = positions((geometry as { coordinates?: unknown } | null)?.coordinates);
  if (all.length === 0) return undefined;
  const [xs, ys] = [all.map((p) => p[0]!), all.map((p) => p[1]!)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

const isGeometry = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string' && bboxOf(value) !== undefined;

/** Asset roles by media type, as STAC best practices name them. */
const roles = (type: string | undefined): string[] =>
  type?.startsWith('image/png') || type?.startsWith('image/jpeg')
    ? ['overview', 'visual']
    : type?.includes('json')
      ? ['metadata']
      : ['data'];

/**
 * A job's results as a STAC Item (1.1.0): outputs by reference become assets with the platform's canonical link (for a link that
 * ends: the address at which it is renewed, so that none that gives access is kept),
 * outputs by value stand in `swath:outputs`, an output named `footprint` is the geometry. Without one the geometry is
 * null, which STAC allows. The nominal time is when the job finished; of a part of the results, when it last changed.
 */
export function stacItem(job: Job, spec: Spec | undefined, outputs: readonly PlatformOutput[]): StacItem {
  const values = Object.fromEntries(
    outputs.flatMap((output) => ('value' in output ? [[output.name, valueWithoutSecrets(output.value)]] : [])),
  );
  const footprint = isGeometry(values['footprint']) ? values['footprint'] : undefined;
  const bbox = bboxOf(footprint);
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: [],
    id: job.jobId,
    geometry: footprint ?? null,
    ...(bbox ? { bbox } : {}),
    properties: {
      datetime: job.finished ?? job.updated,
      title: job.title,
      created: job.created,
      updated: job.updated,
      'swath:platform': job.platformId,
      'swath:process': job.process,
      ...(spec ? { 'swath:format': spec.format } : {}),
      'swath:outputs': values,
    },
    links: [],
    assets: Object.fromEntries(
      outputs.flatMap((output) =>
        'href' in output
          ? [
              [
                output.name,
                {
                  href: output.source ?? output.href,
                  ...(output.source === undefined ? {} : { 'swath:signed': true as const }),
                  ...(output.type ? { type: output.type } : {}),
                  ...(output.title ? { title: output.title } : {}),
                  roles: roles(output.type),
                },
              ],
            ]
          : [],
      ),
    ),
  };
}
