import type { Fault } from '../../shared/problem.ts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that says more of itself (Part 1, `qualifiedInputValue.yaml`). */
export type Qualified = Json & { value: unknown };
const qualifiers = new Set(['value', 'mediaType', 'encoding', 'schema', 'format']);
export const isQualified = (value: unknown): value is Qualified =>
  isObject(value) && 'value' in value && Object.keys(value).every((key) => qualifiers.has(key));

/** A link (Part 1, `link.yaml`). */
const linkMembers = new Set(['href', 'type', 'rel', 'title', 'hreflang', 'format', 'mediaType']);
export const isReference = (value: unknown): value is Json & { href: string } =>
  isObject(value) && typeof value['href'] === 'string' && Object.keys(value).every((key) => linkMembers.has(key));

/** A box (Part 1, `bbox.yaml`). */
export const isBbox = (value: unknown): value is Json & { bbox: unknown } =>
  isObject(value) && 'bbox' in value && Object.keys(value).every((key) => key === 'bbox' || key === 'crs');

/** The media type that a value or link says it has; its format may also be nested. */
export function mediaTypeOf(value: unknown): string | undefined {
  if (!isReference(value) && !isQualified(value)) return undefined;
  const format = isObject(value['format']) ? value['format'] : {};
  const named = [value['mediaType'], isReference(value) ? value['type'] : undefined, format['mediaType']];
  return named.find((one) => typeof one === 'string');
}

/** CRS84 in each of its spellings (URI, URN, CURIE), with and without heights. */
const crs84 = /(?:^|[/:])CRS84h?$/i;

/** West over east is a box across the antimeridian (RFC 7946, 5.2); south over north is none at all. */
export function bboxFaults({ bbox, crs }: Json, at: string): Fault[] {
  const faults: Fault[] = [];
  const fault = (message: string, below = '/bbox') => void faults.push({ pointer: at + below, message });
  if (crs !== undefined && !(typeof crs === 'string' && crs84.test(crs))) fault('Only CRS84 is taken: longitude and latitude.', '/crs');
  if (!Array.isArray(bbox) || (bbox.length !== 4 && bbox.length !== 6) || !bbox.every(Number.isFinite)) {
    fault('Must be 4 or 6 numbers: west, south(, lowest), east, north(, highest).');
    return faults;
  }
  const numbers = bbox as number[];
  const half = numbers.length / 2;
  const [west, south, east, north] = [numbers[0]!, numbers[1]!, numbers[half]!, numbers[half + 1]!];
  if (south > north) fault(`The corners are swapped: the south (${south}) lies north of the north (${north}).`);
  if (half === 3 && numbers[2]! > numbers[5]!) fault('The lowest height is over the highest.');
  if ([west, east].some((x) => Math.abs(x) > 180) || [south, north].some((y) => Math.abs(y) > 90))
    fault('Longitudes go from -180 to 180, latitudes from -90 to 90.');
  return faults;
}
