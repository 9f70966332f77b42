import * as z from 'zod';
import type { ProcessSummary } from '../ports.ts';

const position = z.number();
const Bbox = z
  .strictObject({
    bbox: z.union([z.array(position).length(4), z.array(position).length(6)]).describe('West, south(, lowest), east, north(, highest)'),
    crs: z.string().optional().describe('Absent: CRS84'),
  })
  .describe('A bounding box');

/** Inputs of `echo`. Each of them comes back as the output of the same name, but for the two that control the run. */
const EchoInputs = z.strictObject({
  text: z.string().describe('Any text').optional(),
  number: z.number().describe('Any finite number').optional(),
  integer: z.int().describe('A whole number').optional(),
  boolean: z.boolean().optional(),
  choice: z.enum(['red', 'green', 'blue']).describe('One of three words').optional(),
  date: z.iso.date().describe('A day, e.g. 2026-03-01').optional(),
  dateTime: z.iso.datetime({ offset: true }).describe('A time with its zone, e.g. 2026-03-01T12:00:00Z').optional(),
  array: z.array(z.unknown()).describe('A list of anything').optional(),
  object: z.record(z.string(), z.unknown()).describe('An object with any members').optional(),
  bbox: Bbox.optional(),
  geometry: z
    .looseObject({ type: z.string(), coordinates: z.array(z.unknown()) })
    .describe('A GeoJSON geometry')
    .optional(),
  link: z
    .strictObject({ href: z.string().min(1), type: z.string().optional() })
    .describe('A reference; it is not fetched')
    .optional(),
  pause: z.number().min(0).max(600).describe('Seconds that the run takes').optional(),
  fail: z.string().min(1).max(1000).describe('Makes the run fail with this message').optional(),
});

const { properties = {}, required = [] } = z.toJSONSchema(EchoInputs);

/** Inputs that steer the run and do not come back. */
const controls = ['pause', 'fail'];
const fields = Object.entries(properties).map(([name, schema]) => [name, schema as Schema] as const);
type Schema = Record<string, unknown> & { description?: string };

/** The one process of the builtin platform, with the JSON Schema (2020-12) of each input. */
export const echo = {
  id: 'echo',
  title: 'Echo',
  description: 'Returns its inputs as outputs of the same names, after a pause if asked for, or fails if asked to.',
  version: '1.0.0',
  keywords: ['test'],
  inputs: fields.map(([name, { description, ...schema }]) => ({
    name,
    ...(description === undefined ? {} : { description }),
    optional: !required.includes(name),
    schema,
  })),
  outputs: fields.filter(([name]) => !controls.includes(name)).map(([name, schema]) => ({ name, schema })),
} satisfies ProcessSummary;

/** All faults of the inputs in one text; undefined when they are in order. */
export function faultsOf(inputs: unknown): string | undefined {
  const parsed = EchoInputs.safeParse(inputs);
  if (parsed.success) return undefined;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'inputs'}: ${issue.message}`);
  return `${faults.join('; ')}. Inputs of echo: ${Object.keys(EchoInputs.shape).join(', ')}.`;
}
