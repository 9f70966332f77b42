import { intersect } from '@turf/intersect';
import type { Feature, MultiPolygon, Polygon } from 'geojson';

/** Polygons of a plane (degrees, or metres of a projection): rings of positions, as in a GeoJSON MultiPolygon. */
export type Shape = number[][][][];
/** West, south, east, north. */
export type Box = readonly [number, number, number, number];

const feature = (coordinates: Shape): Feature<MultiPolygon> => ({
  type: 'Feature',
  properties: {},
  geometry: { type: 'MultiPolygon', coordinates },
});
const boxShape = ([west, south, east, north]: Box): Shape => [
  [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
];

/** Steps of a plane in which positions are kept, per unit: a millimetre, of degrees or of metres. The clipper needs them apart or equal. */
export const perDegree = 1e8;
export const perMetre = 1e3;

/** A shape whose positions lie on the steps of the plane; rings that vanish with it are left out. */
export function snapped(shape: Shape, steps: number): Shape {
  const snap = (value: number) => Math.round(value * steps) / steps;
  return shape
    .map(([outer = [], ...holes]) => {
      const rings = [outer, ...holes].map((ring) => ring.map((position) => position.map(snap)));
      return rings.filter((ring, n) => n === 0 || ringArea(ring) > 0);
    })
    .filter(([outer]) => outer!.length > 3 && ringArea(outer!) > 0);
}

const snappedBox = (box: Box, steps: number): Box => box.map((value) => Math.round(value * steps) / steps) as unknown as Box;

/** The part of a snapped shape that lies within a box, snapped, overlaps of its polygons united; empty where it has none. */
export function clip(shape: Shape, within: Box, steps: number): Shape {
  const box = snappedBox(within, steps);
  const [west, south, east, north] = bounds(shape);
  if (west >= box[2] || south >= box[3] || east <= box[0] || north <= box[1]) return [];
  const part: Feature<Polygon | MultiPolygon> | null = intersect({
    type: 'FeatureCollection',
    features: [feature(shape), feature(boxShape(box))],
  });
  if (part === null) return [];
  return snapped(part.geometry.type === 'Polygon' ? [part.geometry.coordinates] : part.geometry.coordinates, steps);
}

/** A cell cut to a shape's part (`Run`) within it; whole where there is none. */
export const cut = (part: Shape | undefined, cell: Box, steps: number): Shape =>
  part === undefined ? boxShape(cell) : clip(snapped(part, steps), cell, steps);

/** The smallest box around a shape; of an empty one it is inside out. */
export function bounds(shape: Shape): Box {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [outer = []] of shape)
    for (const [x = 0, y = 0] of outer) {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
  return box;
}

const ringArea = (ring: number[][]): number => {
  let sum = 0;
  const [x0, y0] = ring[0] as [number, number]; // differences keep the digits
  for (let i = 1; i < ring.length; i += 1) {
    const [[ax, ay], [bx, by]] = [ring[i - 1], ring[i]] as [[number, number], [number, number]];
    sum += (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
  }
  return Math.abs(sum / 2);
};
/** Area in units of the plane, holes taken out. */
export const area = (shape: Shape): number =>
  shape.reduce((all, [outer = [], ...holes]) => all + ringArea(outer) - holes.reduce((sum, hole) => sum + ringArea(hole), 0), 0);

/** Every position moved; edges are cut first into pieces whose `length` is at most 1, so that they stay where they are. */
export function moved(
  shape: Shape,
  length: (from: number[], to: number[]) => number,
  move: (position: [number, number]) => [number, number],
): Shape {
  const ring = (positions: number[][]) => {
    const out: number[][] = [];
    positions.forEach((to, i) => {
      const from = positions[i - 1] ?? to;
      const [dx, dy] = [to[0]! - from[0]!, to[1]! - from[1]!];
      const pieces = Math.max(1, Math.ceil(length(from, to)));
      for (let piece = i === 0 ? pieces : 1; piece <= pieces; piece += 1)
        out.push(move([from[0]! + (dx * piece) / pieces, from[1]! + (dy * piece) / pieces]));
    });
    return out;
  };
  return shape.map((polygon) => polygon.map(ring));
}

type Half = { axis: 0 | 1; at: number; below: boolean };
const halves = ([west, south, east, north]: Box): Half[] => [
  { axis: 0, at: west, below: false },
  { axis: 0, at: east, below: true },
  { axis: 1, at: south, below: false },
  { axis: 1, at: north, below: true },
];

/** A ring cut by a half plane (Sutherland and Hodgman). Parts that fall apart stay joined along its edge, where they have no area. */
function halved(ring: number[][], { axis, at, below }: Half): number[][] {
  const inside = (position: number[]) => (below ? position[axis]! <= at : position[axis]! >= at);
  if (ring.every(inside)) return ring;
  const out: number[][] = [];
  for (let i = 1; i < ring.length; i += 1) {
    const [from, to] = [ring[i - 1]!, ring[i]!];
    if (inside(from) !== inside(to)) {
      const share = (at - from[axis]!) / (to[axis]! - from[axis]!);
      const other = from[1 - axis]! + share * (to[1 - axis]! - from[1 - axis]!);
      out.push(axis === 0 ? [at, other] : [other, at]);
    }
    if (inside(to)) out.push(to);
  }
  if (out.length > 0) out.push(out[0]!);
  return out;
}

/** The part of a shape within a box: right in area, and quick, but its rings may touch themselves along the edges of the box (`cut` mends that). */
export const trimmed = (shape: Shape, box: Box): Shape =>
  shape
    .map((polygon) => polygon.map((ring) => halves(box).reduce(halved, ring)).filter((ring, n) => n === 0 || ring.length > 3))
    .filter(([outer]) => outer!.length > 3);

/** A share of a cell below which what it lacks is rounding, not area. */
const nothing = 1e-9;

export interface Run {
  first: number;
  count: number;
  /** The shape's part within the run, to be cut off by `clip`; absent where it fills the run, so that every cell of it is whole. */
  shape?: Shape;
}

interface Search {
  /** Runs that the shape fills come as one. */
  whole: boolean;
  /** A piece that is no wider or no higher than this lies over the edge of its cell by rounding only. */
  thin: number;
}

/** `most`, but no more than a hundredth of the shape's own extent: a small area is no rounding. */
export function thinness(shape: Shape, most: number): number {
  const [west, south, east, north] = bounds(shape);
  return Math.min(most, (east - west) / 100, (north - south) / 100);
}

/**
 * The cells `first` ... `last` of a row (or the rows of a lattice) that a shape meets, in order. Found by halving, so that only cells at the
 * shape's edge cost a cut each. `box` gives the box of a run of cells.
 */
export function* runs(
  shape: Shape,
  first: number,
  last: number,
  box: (first: number, last: number) => Box,
  search: Search,
): Generator<Run> {
  const within = box(first, last);
  const [west, south, east, north] = within;
  const part = trimmed(shape, within);
  const [left, bottom, right, top] = bounds(part);
  if (right - left <= search.thin || top - bottom <= search.thin) return;
  const size = (east - west) * (north - south);
  const filled = area(part);
  if (filled === 0) return;
  if (search.whole && filled >= size * (1 - nothing / (last - first + 1))) yield { first, count: last - first + 1 };
  else if (first === last) yield { first, count: 1, shape: part };
  else {
    const middle = Math.floor((first + last) / 2);
    yield* runs(part, first, middle, box, search);
    yield* runs(part, middle + 1, last, box, search);
  }
}
