import * as z from 'zod';

/** What the words of a binding mean: how one input gets onto the command line of a container (Part 2 `inputBinding.yaml`, and CWL 1.2). */
export const InputBinding = z.strictObject({
  prefix: z.string().max(1000).optional().describe('Stands before the value'),
  position: z
    .union([z.int(), z.string().max(1000)])
    .optional()
    .describe('Sorting key, from 0; as text an expression'),
  separate: z.boolean().optional().describe('false: prefix and value are one word'),
  argumentSeparator: z.string().max(10).optional().describe('Stands between prefix and value in one word; a blank makes them two'),
  itemSeparator: z.string().max(10).optional().describe('Joins the values of a list to one word; absent: each is a word'),
  valueFrom: z.string().max(10_000).optional().describe('Stands in place of the value: text with expressions such as $(self.basename)'),
  shellQuote: z.boolean().optional().describe('false: what the package itself says here is read by a shell'),
  loadContents: z.boolean().optional().describe('The text of a file can be had as $(self.contents)'),
  loadListing: z.enum(['no_listing', 'shallow_listing', 'deep_listing']).optional().describe('What a folder holds, as $(self.listing)'),
  valueForm: z
    .enum(['commandLine', 'parameterFile'])
    .optional()
    .describe('`parameterFile`: the value stands in a JSON file, and the path of that file in its place'),
});
export type InputBinding = z.infer<typeof InputBinding>;

/** Where an output is found when the container has ended. */
export const OutputBinding = z.strictObject({ glob: z.array(z.string().min(1).max(1000)).min(1).max(100) });
export type OutputBinding = z.infer<typeof OutputBinding>;

/** What a container needs and may have at most: CPUs, GB, seconds (Part 2 `executionUnit.yaml`). */
export const UnitConfig = z.looseObject({
  cpuMin: z.number().positive().optional(),
  cpuMax: z.number().positive().optional(),
  memoryMin: z.number().positive().optional(),
  memoryMax: z.number().positive().optional(),
  storageTempMin: z.number().min(0).optional(),
  storageOutputsMin: z.number().min(0).optional(),
  jobTimeout: z.number().positive().optional(),
});
export type UnitConfig = z.infer<typeof UnitConfig>;

const Container = z.object({
  kind: z.literal('container'),
  type: z.enum(['docker', 'oci']),
  image: z.string(),
  /** What runs in it in place of its entry point, before what the bindings say. */
  command: z.array(z.string()).optional(),
  config: UnitConfig,
  inputBindings: z.record(z.string(), InputBinding),
  outputBindings: z.record(z.string(), OutputBinding),
});
export type Container = z.infer<typeof Container>;

/** What is run: a container, a process that a registered platform has, or an openEO process graph on such a platform. */
export const Unit = z.discriminatedUnion('kind', [
  Container,
  z.object({ kind: z.literal('process'), platform: z.string(), process: z.string() }),
  z.object({ kind: z.literal('graph'), platform: z.string(), document: z.record(z.string(), z.unknown()) }),
]);
export type Unit = z.infer<typeof Unit>;

const Named = { name: z.string(), title: z.string().optional(), description: z.string().optional() };
const Schema = z.record(z.string(), z.unknown());

/** What a deployed process says of itself, in the form in which platforms describe theirs. */
const Description = z.object({
  id: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  version: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  license: z.string().optional(),
  jobControlOptions: z.array(z.enum(['sync-execute', 'async-execute'])).min(1),
  outputTransmission: z.array(z.enum(['value', 'reference'])).min(1),
  /** Absent where the platform does not tell. */
  inputs: z
    .array(
      z.object({
        ...Named,
        optional: z.boolean(),
        schema: Schema,
        default: z.unknown().optional(),
        several: z.object({ minOccurs: z.int(), maxOccurs: z.union([z.int(), z.literal('unbounded')]), schema: Schema }).optional(),
        clientHints: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
  outputs: z.array(z.object({ ...Named, schema: Schema })).optional(),
});
export type Description = z.infer<typeof Description>;

/** A package as it is run: one form, whatever dialect it came in. */
export const Definition = z.object({ description: Description, unit: Unit });
export type Definition = z.infer<typeof Definition>;

/** What came, byte for byte. */
export const Original = z.object({ mediaType: z.string(), text: z.string() });
export type Original = z.infer<typeof Original>;

const Time = z.string().meta({ format: 'date-time' });
export const Headline = Description.omit({ inputs: true, outputs: true });
export type Headline = z.infer<typeof Headline>;

/** The row of a deployed process. An undeployed one stays, so that the numbers of its revisions are never given again. */
export const PackageRecord = z.object({
  id: z.string(),
  owner: z.string().describe('userId of the developer who deployed it'),
  state: z.enum(['deployed', 'undeployed']),
  /** Grows with each write of the row. */
  version: z.int().positive(),
  /** Of the newest package, from 1. */
  revision: z.int().positive(),
  headline: Headline,
  /** What others than its owner see and run: the revision that an administrator has published. */
  published: z.object({ revision: z.int().positive(), headline: Headline, by: z.string(), time: Time }).optional(),
  /** Platforms on which its revisions run. */
  platforms: z.array(z.string()),
  created: Time,
  changed: Time,
});
export type PackageRecord = z.infer<typeof PackageRecord>;

/** One package of a deployed process. It never changes and is kept: jobs name it. */
export const PackageRevision = z.object({
  id: z.string(),
  revision: z.int().positive(),
  deployed: Time,
  deployedBy: z.string(),
  definition: Definition,
  original: Original,
});
export type PackageRevision = z.infer<typeof PackageRevision>;

/** What the job core calls a revision where it names a process. */
export const packageProcess = (id: string, revision: number): string => `package:${id}@${revision}`;
/** The revision that such a name means. */
export function readPackageProcess(process: string): { id: string; revision: number } | undefined {
  const [, id, revision] = /^package:([\w.-]+)@(\d{1,8})$/.exec(process) ?? [];
  return id === undefined ? undefined : { id, revision: Number(revision) };
}
export const isPackageProcess = (process: string): boolean => process.startsWith('package:');
