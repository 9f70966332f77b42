import * as z from 'zod';
import { StacItemDocument } from '../../dispatch/model.ts';
import { Counts } from '../model.ts';

const Link = z.object({ rel: z.string(), href: z.string(), type: z.string().optional(), title: z.string().optional() });
const Bbox = z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('West, south, east, north; degrees (CRS84)');

/** What is in a mosaic. */
const Contents = z.object({
  bbox: Bbox,
  width: z.number().int().describe('Pixels'),
  height: z.number().int().describe('Pixels'),
  pictures: z.number().int().describe('Jobs whose picture is in it'),
  skipped: z.number().int().describe('Jobs with results of which no picture is in it: they have none, or nobody knows where it lies'),
  left: z
    .number()
    .int()
    .describe(
      'Successful jobs that were not looked at: a mosaic has the pictures of at most 1,000, and of those that could be read within a minute or so',
    ),
});

/** The mosaic of a task as it is kept: its last making. */
export const Mosaic = z.object({
  taskId: z.string(),
  /** +1 at each making. */
  number: z.number().int(),
  state: z.enum(['making', 'made', 'empty', 'failed']),
  /** While it is made: nobody else makes one until then. Later: when that ended. */
  until: z.string(),
  /** Of the task, when its jobs were read; and when that was. */
  revision: z.number().int(),
  asOf: z.string(),
  /** All results were there, and every picture that they have could be had. */
  complete: z.boolean().optional(),
  contents: Contents.optional(),
});
export type Mosaic = z.infer<typeof Mosaic>;

/** Beside the redirect to a mosaic. */
export const MosaicLink = Contents.extend({
  href: z.string().describe('The picture (PNG); works for 15 minutes'),
  asOf: z.string().describe('When the results were looked at'),
  complete: z.boolean().describe('The results of all successful jobs were there, and every picture that they have could be had'),
}).meta({ id: 'UpscalingMosaic' });
export type MosaicLink = z.infer<typeof MosaicLink>;
export const MosaicPending = z.object({ message: z.string() });

/** Results of a task: STAC Collection 1.1.0. */
export const TaskCollection = z
  .object({
    type: z.literal('Collection'),
    stac_version: z.literal('1.1.0'),
    stac_extensions: z.array(z.string()),
    id: z.string().describe('Id of the task'),
    title: z.string(),
    description: z.string(),
    license: z.literal('other'),
    extent: z.object({
      spatial: z.object({ bbox: z.array(Bbox) }),
      temporal: z.object({ interval: z.array(z.array(z.string().nullable())).describe('When the first and the last job were successful') }),
    }),
    links: z.array(Link),
    assets: z.record(z.string(), z.object({ href: z.string(), type: z.string(), title: z.string(), roles: z.array(z.string()) })),
    'swath:complete': z.boolean().describe('Every job of the task was successful, and the results of all are among the items'),
    'swath:phase': z.string().describe('Status of the task'),
    'swath:total': z.number().int().describe('How many jobs the task has'),
    'swath:counts': Counts.describe('Jobs by status'),
    'swath:asOf': z.string().optional().describe('When the counts were true'),
    'swath:extent': z
      .enum(['items', 'values', 'unknown'])
      .describe(
        '`items`: around all of them; `values`: around the areas that were asked for, where there are more than 100 items or one does not say where it is; `unknown`: the whole earth stands for it',
      ),
  })
  .meta({ id: 'UpscalingResults', description: 'STAC Collection 1.1.0' });
export type TaskCollection = z.infer<typeof TaskCollection>;

export const TaskItems = z
  .object({
    type: z.literal('FeatureCollection'),
    features: z.array(StacItemDocument),
    numberReturned: z.number().int(),
    links: z.array(Link),
  })
  .meta({ id: 'UpscalingItems', description: 'A page of STAC Items' });
