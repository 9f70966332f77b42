import { boxAround, unwrapped, type Box } from './boxes.ts';

/** Neither side of a mosaic has more pixels. */
const mostSide = 2048;

/** Where a mosaic lies, and how many pixels it has. `box` is unwrapped. */
export interface Frame {
  box: Box;
  width: number;
  height: number;
}

/** Pixels from the left and from the top. */
interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A box that has an area, so that a picture can fill it; undefined for any other. */
export function boxOf(bbox: readonly number[]): Box | undefined {
  const box = unwrapped(bbox as unknown as Box);
  return box.every(Number.isFinite) && box[0] < box[2] && box[1] < box[3] ? box : undefined;
}

/** The frame around pictures in which the first of them keeps its size, unless that makes it too large. */
export function frameOf(boxes: readonly Box[], first: { box: Box; width: number; height: number }): Frame {
  const box = boxAround(boxes)!;
  const across = ((box[2] - box[0]) / (first.box[2] - first.box[0])) * first.width;
  const down = ((box[3] - box[1]) / (first.box[3] - first.box[1])) * first.height;
  const scale = Math.min(1, mostSide / Math.max(across, down));
  const pixels = (length: number) => Math.max(1, Math.round(length * scale));
  return { box, width: pixels(across), height: pixels(down) };
}

/** A position this close to a pixel's edge is on it. */
const tiny = 1e-6;

/** Where a picture stands in its frame: every pixel that it touches, so that neighbours leave no line between them. */
export function placeOf({ box, width, height }: Frame, picture: Box): Place {
  const shift = picture[0] < box[0] ? 360 : 0;
  const x = (degrees: number) => ((degrees + shift - box[0]) / (box[2] - box[0])) * width;
  const y = (degrees: number) => ((box[3] - degrees) / (box[3] - box[1])) * height;
  const from = (position: number, length: number) => Math.max(0, Math.min(Math.floor(position + tiny), length - 1));
  const to = (position: number, length: number) => Math.min(Math.ceil(position - tiny), length);
  const [left, top] = [from(x(picture[0]), width), from(y(picture[3]), height)];
  return {
    ...{ left, top },
    width: Math.max(1, to(x(picture[2]), width) - left),
    height: Math.max(1, to(y(picture[1]), height) - top),
  };
}

/** Paints a picture over what is there: red, green, blue, opacity a pixel. */
export function paint(canvas: Uint8Array, frame: Pick<Frame, 'width'>, picture: Uint8Array, place: Place): void {
  for (let row = 0; row < place.height; row += 1)
    for (let column = 0; column < place.width; column += 1) {
      const from = 4 * (row * place.width + column);
      const to = 4 * ((place.top + row) * frame.width + place.left + column);
      const over = picture[from + 3]! / 255;
      const under = (canvas[to + 3]! / 255) * (1 - over);
      const all = over + under;
      if (over === 0) continue;
      for (let c = 0; c < 3; c += 1) canvas[to + c] = Math.round((picture[from + c]! * over + canvas[to + c]! * under) / all);
      canvas[to + 3] = Math.round(255 * all);
    }
}
