import * as z from 'zod';

/** The media type of Part 2, and the one that everything sends. */
export const packageMedia = ['application/ogcapppkg+json', 'application/json'] as const;

/** What is posted: both dialects leave much open, so that what stands in it is read by rules and faults are told there. */
export const ApplicationPackage = z
  .looseObject({
    processDescription: z
      .unknown()
      .optional()
      .describe(
        'The process as GET /processes/{processId} would describe it, by itself or in a member `process`; inputs and outputs by name, or as ' +
          'lists with `id`. May be left out where the unit describes itself',
      ),
    executionUnit: z
      .unknown()
      .describe(
        'What is run: `{type: "docker", image, config, bindings}`; `{href}` of a process of a registered platform; or `{value: {process_graph, ' +
          'parameters}, platform}` for an openEO back-end',
      ),
  })
  .meta({ id: 'ApplicationPackage' });
export type ApplicationPackage = z.infer<typeof ApplicationPackage>;

/** Who may see and run a deployed process. */
export const Publication = z
  .object({
    processID: z.string(),
    revision: z.number().int().describe('The revision that everybody sees and runs'),
    published: z.string().meta({ format: 'date-time' }),
    publishedBy: z.string().describe('Id of the administrator'),
  })
  .meta({ id: 'Publication' });
export type Publication = z.infer<typeof Publication>;
