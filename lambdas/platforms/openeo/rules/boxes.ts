import type { Parameter } from '../model.ts';

interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Every position below `coordinates`; undefined for what is none. */
function positions(coordinates: unknown): [number, number][] {
  if (!Array.isArray(coordinates)) return [];
  const [x, y] = coordinates as unknown[];
  if (typeof x === 'number' && typeof y === 'number') return [[x, y]];
  return coordinates.flatMap(positions);
}

/** Positions of the areas in a GeoJSON object: polygons, features and collections of them. */
function corners(value: unknown): [number, number][] {
  if (!isObject(value)) return [];
  if (value['type'] === 'Polygon' || value['type'] === 'MultiPolygon') return positions(value['coordinates']);
  if (value['type'] === 'Feature') return corners(value['geometry']);
  const members =
    value['type'] === 'FeatureCollection' ? value['features'] : value['type'] === 'GeometryCollection' ? value['geometries'] : [];
  return Array.isArray(members) ? members.flatMap(corners) : [];
}

/** The box around an area in GeoJSON (CRS84, degrees), or of a list of four numbers; anything else stays as it is. */
function asBox(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 4 && value.every((one) => typeof one === 'number')) {
    const [west, south, east, north] = value as [number, number, number, number];
    return { west, south, east, north } satisfies Box;
  }
  const all = corners(value);
  if (all.length === 0) return value;
  const [first] = all as [[number, number]];
  return all.reduce<Box>(
    ({ west, south, east, north }, [x, y]) => ({
      west: Math.min(west, x),
      south: Math.min(south, y),
      east: Math.max(east, x),
      north: Math.max(north, y),
    }),
    { west: first[0], south: first[1], east: first[0], north: first[1] },
  );
}

/** A parameter that takes a bounding box and no GeoJSON. */
const wantsBox = ({ schema }: Parameter): boolean => {
  const subtypes = (Array.isArray(schema) ? schema : [schema]).map((one) => one?.subtype);
  return subtypes.includes('bounding-box') && !subtypes.includes('geojson');
};

/** Inputs as the process takes them: areas in GeoJSON become boxes where the process knows boxes only. */
export function argumentsOf(inputs: Readonly<Record<string, unknown>>, parameters: readonly Parameter[]): Record<string, unknown> {
  const boxes = new Set(parameters.filter(wantsBox).map(({ name }) => name));
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, boxes.has(name) ? asBox(value) : value]));
}
