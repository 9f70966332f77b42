import type { ProcessInput, ProcessOutput, ProcessSummary as Offered } from '../../platforms/ports.ts';
import type { Description } from '../../platforms/packages/model.ts';
import type { InputDescription, OutputDescription, Process, ProcessSummary } from '../model.ts';
import { openApiSchema } from './schema.ts';

const rel = (name: string): string => `http://www.opengis.net/def/rel/ogc/1.0/${name}`;
const json = 'application/json';

const described = ({ title, description }: { title?: string; description?: string }) => ({
  ...(title === undefined ? {} : { title }),
  ...(description === undefined ? {} : { description }),
});

/** What a deployed process says besides. */
type Shown = Offered & Partial<Pick<Description, 'license' | 'jobControlOptions' | 'outputTransmission'>>;

/** A process as lists show it; `id` is the door's own, `url` the API's base. */
export function summaryOf(offered: Shown, id: string, url: string, mutable = false): ProcessSummary {
  const { version = '1.0.0', license, jobControlOptions = ['sync-execute', 'async-execute'], outputTransmission } = offered;
  const self = `${url}/processes/${encodeURIComponent(id)}`;
  return {
    id,
    version,
    processVersion: version,
    processDescriptionURL: self,
    mutable,
    ...(license === undefined ? {} : { license }),
    ...described(offered),
    ...(offered.keywords && offered.keywords.length > 0 ? { keywords: offered.keywords } : {}),
    jobControlOptions: [...jobControlOptions, 'dismiss'],
    outputTransmission: outputTransmission ?? ['value', 'reference'],
    links: [
      { href: self, rel: 'self', type: json, title: 'Description of the process' },
      { href: `${self}/execution`, rel: rel('execute'), type: json, title: 'Run the process' },
      { href: `${url}/jobs?processID=${encodeURIComponent(id)}`, rel: rel('job-list'), type: json, title: 'Your jobs of this process' },
    ],
  };
}

function inputOf(input: ProcessInput): InputDescription {
  const { optional, several, clientHints } = input;
  const schema = openApiSchema(several?.schema ?? input.schema);
  return {
    ...described(input),
    minOccurs: optional ? 0 : Math.max(1, several?.minOccurs ?? 1),
    maxOccurs: several?.maxOccurs ?? 1,
    schema: input.default === undefined || several ? schema : { ...schema, default: input.default },
    ...(clientHints === undefined ? {} : { clientHints }),
  };
}

const outputOf = (output: ProcessOutput): OutputDescription => ({ ...described(output), schema: openApiSchema(output.schema) });

/** A process in full. Where its platform tells nothing of inputs or outputs, there are none to show. */
export const processOf = (offered: Shown, id: string, url: string, mutable = false): Process => ({
  ...summaryOf(offered, id, url, mutable),
  inputs: Object.fromEntries((offered.inputs ?? []).map((input) => [input.name, inputOf(input)])),
  outputs: Object.fromEntries((offered.outputs ?? []).map((output) => [output.name, outputOf(output)])),
});
