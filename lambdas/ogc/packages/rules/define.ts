import type { Description, Unit } from '../../../platforms/packages/model.ts';
import type { ProcessSummary } from '../../../platforms/ports.ts';
import type { Found } from './description.ts';
import { pointer, type Reader } from './reader.ts';

/** What a unit says of itself. */
export type Told = Pick<ProcessSummary, 'title' | 'description' | 'version' | 'keywords' | 'inputs' | 'outputs'> & { id?: string };

/** Both ways to run, and both ways to get results, unless the package says less. */
const usual = { jobControlOptions: ['sync-execute', 'async-execute'], outputTransmission: ['value', 'reference'] } as const;

/** What the package says, and for the rest what its unit says of itself. */
export function describedBy(id: string, found: Found | undefined, told: Told): Description {
  const { title, description, version, keywords } = told;
  const [inputs, outputs] = [found?.inputs ?? told.inputs, found?.outputs ?? told.outputs];
  return {
    id,
    ...(title === undefined ? {} : { title: title.slice(0, 500) }),
    ...(description === undefined ? {} : { description: description.slice(0, 20_000) }),
    ...(version === undefined ? {} : { version }),
    ...(keywords === undefined ? {} : { keywords: keywords.slice(0, 100) }),
    jobControlOptions: [...usual.jobControlOptions],
    outputTransmission: [...usual.outputTransmission],
    ...found?.about,
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
  };
}

/** A description and the process that runs it have to agree on names: what one lacks, the other could never take. */
export function disagreements(found: Found | undefined, told: Told, unit: Unit, reader: Reader): void {
  if (found === undefined || unit.kind === 'container') return;
  for (const kind of ['inputs', 'outputs'] as const) {
    const has = told[kind] && new Set(told[kind].map(({ name }) => name));
    if (has === undefined) continue;
    for (const { id, at } of found.entries[kind])
      if (!has.has(id))
        reader.fault(at, `The process that is run has no ${kind.slice(0, -1)} ${id}, only: ${[...has].join(', ') || 'none at all'}.`);
  }
  const declared = found.inputs && new Set(found.entries.inputs.map(({ id }) => id));
  if (declared === undefined) return;
  for (const { name, optional } of told.inputs ?? [])
    if (!optional && !declared.has(name))
      reader.fault(pointer(found.at, 'inputs'), `The process that is run needs the input ${name}, which is not described here.`);
}
