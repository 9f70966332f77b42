import * as z from 'zod';
import type { ProcessOutput, ProcessSummary } from '../ports.ts';
import type { RasterTask } from './model.ts';
import { parseFormula } from './rules/formula.ts';

/** A GeoTIFF by URL, as text or as a link. */
const Source = z.union([z.string().min(1), z.looseObject({ href: z.string().min(1) }).transform(({ href }) => href)]);
const corners = z.array(z.number()).length(4);
const Box = z.union([corners, z.looseObject({ bbox: corners }).transform(({ bbox }) => bbox)]);
const band = z.int().min(1).max(500);

const Common = { source: Source, bbox: Box.optional() };
const NdviInputs = z.strictObject({ ...Common, red: band.default(3), nir: band.default(4) });
const formula = z.string().min(1).max(1000);
const FormulaInputs = z.strictObject({
  ...Common,
  formula: formula.superRefine((text, context) => {
    const parsed = parseFormula(text);
    if ('fault' in parsed) context.addIssue({ code: 'custom', message: parsed.fault });
  }),
});

const COG = 'image/tiff; application=geotiff; profile=cloud-optimized';
const given = {
  source: {
    name: 'source',
    title: 'The GeoTIFF: a link, or the reference of a file of your workspace',
    optional: false,
    schema: { type: 'string', contentMediaType: 'image/tiff; application=geotiff' },
  },
  bbox: {
    name: 'bbox',
    title: 'Part to compute; the whole file without',
    optional: true,
    schema: {
      type: 'object',
      format: 'ogc-bbox',
      required: ['bbox'],
      properties: { bbox: { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 4 } },
    },
  },
};
const bandInput = (name: string, title: string, usual: number) => ({
  name,
  title,
  optional: true,
  schema: { type: 'integer', minimum: 1, maximum: 500 },
  default: usual,
});
const outputs = (name: string, title: string): ProcessOutput[] => [
  { name, title, schema: { type: 'string', contentMediaType: COG } },
  { name: 'quicklook', title: 'Picture', schema: { type: 'string', contentMediaType: 'image/png' } },
  { name: 'stats', title: 'Least, greatest and mean value, how many there are, and the size in pixels', schema: { type: 'object' } },
  { name: 'footprint', title: 'Outline, WGS 84', schema: { type: 'object', format: 'geojson-geometry' } },
];

interface RasterProcess {
  summary: ProcessSummary;
  read(inputs: unknown): z.ZodSafeParseResult<RasterTask>;
}

/** The processes that compute a raster from one. */
export const rasterProcesses: readonly RasterProcess[] = [
  {
    summary: {
      id: 'ndvi',
      title: 'NDVI',
      description: 'Normalised difference vegetation index of two bands of a GeoTIFF: a cloud-optimized GeoTIFF, a picture, and numbers.',
      version: '1.0.0',
      keywords: ['ndvi', 'vegetation'],
      inputs: [
        given.source,
        bandInput('red', 'Number of the red band', 3),
        bandInput('nir', 'Number of the near-infrared band', 4),
        given.bbox,
      ],
      outputs: outputs('ndvi', 'NDVI from -1 to 1'),
    },
    read: (inputs) =>
      NdviInputs.transform(({ red, nir, ...rest }) => ({
        ...plain(rest),
        formula: `(b${nir} - b${red}) / (b${nir} + b${red})`,
        name: 'ndvi',
      })).safeParse(inputs),
  },
  {
    summary: {
      id: 'band-arithmetic',
      title: 'Band arithmetic',
      description:
        'A formula over the bands of a GeoTIFF, such as `(b4 - b3) / (b4 + b3)`: + - * / ( ), numbers, and b1, b2, ... for the bands.',
      version: '1.0.0',
      keywords: ['index'],
      inputs: [
        given.source,
        { name: 'formula', title: 'The formula', optional: false, schema: { type: 'string', minLength: 1, maxLength: 1000 } },
        given.bbox,
      ],
      outputs: outputs('result', 'What the formula gives'),
    },
    read: (inputs) => FormulaInputs.transform((read) => ({ ...plain(read), name: 'result' })).safeParse(inputs),
  },
];

/** Absent is absent. */
const plain = <Read extends { bbox?: number[] | undefined }>({ bbox, ...rest }: Read) => ({
  ...rest,
  ...(bbox === undefined ? {} : { bbox }),
});
