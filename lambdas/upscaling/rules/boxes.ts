/** West, south, east, north (CRS84). East may be less than west: across the antimeridian. */
export type Box = readonly [number, number, number, number];

/** A box with its east beyond its west, also where that is beyond 180 degrees. */
export const unwrapped = ([west, south, east, north]: Box): Box => [west, south, east < west ? east + 360 : east, north];

/** The smallest box around all of them, unwrapped; undefined for none. What lies on both sides of the antimeridian is taken together there. */
export function boxAround(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const all = boxes.map(unwrapped);
  const around = (shift: (box: Box) => number): Box => [
    Math.min(...all.map((box) => box[0] + shift(box))),
    Math.min(...all.map((box) => box[1])),
    Math.max(...all.map((box) => box[2] + shift(box))),
    Math.max(...all.map((box) => box[3])),
  ];
  const [usual, shifted] = [around(() => 0), around((box) => (box[0] < 0 ? 360 : 0))];
  const width = ([west, , east]: Box) => east - west;
  return width(shifted) < width(usual) ? shifted : usual;
}

/** As GeoJSON has it: longitudes from -180 to 180, and east less than west across the antimeridian. */
export function wrapped([west, south, east, north]: Box): [number, number, number, number] {
  if (east - west >= 360) return [-180, south, 180, north];
  const into = (degrees: number) => (degrees > 180 ? degrees - 360 : degrees);
  return [into(west), south, into(east), north];
}
