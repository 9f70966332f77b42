/** West, south, east, north (CRS84). East may be less than west: across the antimeridian. */
export type Box = readonly [number, number, number, number];

/** A box with its east beyond its west, also where that is beyond 180 degrees. */
export const unwrapped = ([west, south, east, north]: Box): Box => [west, south, east < west ? east + 360 : east, north];

/** The smallest box around all of them, unwrapped; undefined for none. What lies on both sides of the antimeridian is taken together there. */
export function boxAround(boxes: Iterable<Box>): Box | undefined {
  let [usual, shifted]: (Box | undefined)[] = [undefined, undefined];
  for (const box of boxes) {
    const [west, south, east, north] = unwrapped(box);
    const shift = west < 0 ? 360 : 0;
    usual = both(usual, [west, south, east, north]);
    shifted = both(shifted, [west + shift, south, east + shift, north]);
  }
  if (usual === undefined || shifted === undefined) return undefined;
  return shifted[2] - shifted[0] < usual[2] - usual[0] ? shifted : usual;
}

const both = (a: Box | undefined, b: Box): Box =>
  a === undefined ? b : [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];

/** As GeoJSON has it: longitudes from -180 to 180, and east less than west across the antimeridian. */
export function wrapped([west, south, east, north]: Box): [number, number, number, number] {
  if (east - west >= 360) return [-180, south, 180, north];
  const into = (degrees: number) => (degrees > 180 ? degrees - 360 : degrees);
  return [into(west), south, into(east), north];
}

/** Every position of the coordinates of a GeoJSON geometry. */
function* positions(coordinates: unknown): Generator<[number, number]> {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === 'number') yield coordinates as [number, number];
  else for (const part of coordinates) yield* positions(part);
}

/** The box of a value that is an area: a GeoJSON geometry, `{bbox}`, or `{west, south, east, north}`; undefined for any other. */
function boxOfValue(value: unknown): Box | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { coordinates, bbox, west, south, east, north } = value as Record<string, unknown>;
  if (coordinates !== undefined) return around(coordinates);
  const four = Array.isArray(bbox) ? bbox : [west, south, east, north];
  return four.length === 4 && four.every((one) => typeof one === 'number') ? (four as unknown as Box) : undefined;
}

function around(coordinates: unknown): Box | undefined {
  let box: Box | undefined;
  for (const [x, y] of positions(coordinates)) {
    if (typeof y !== 'number') return undefined;
    box = both(box, [x, y, x, y]);
  }
  return box;
}

/** Keeps the box around the values that it sees, unwrapped: undefined as soon as one of them is no area. */
export function boxKeeper(): { see(value: unknown): void; box(): Box | undefined } {
  let boxes: Box[] | undefined = [];
  return {
    see(value) {
      const box = boxes && boxOfValue(value);
      if (box === undefined) boxes = undefined;
      else boxes?.push(box);
    },
    box: () => boxes && boxAround(boxes),
  };
}
