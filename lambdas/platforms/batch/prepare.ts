import { createHash } from 'node:crypto';
import { readPackageProcess, type Container, type Definition } from '../packages/model.ts';
import type { PackageStore } from '../../platforms/packages/ports.ts';
import { commandOf, globsOf } from '../../platforms/packages/rules/command.ts';
import { taskSize } from '../../platforms/packages/rules/fargate.ts';
import type { Submission } from '../ports.ts';
import { containerNames, parametersPath, plansPrefix, type ContainerService, type JobRequest, type Overrides } from './model.ts';
import type { Batch, StagedFiles } from './ports.ts';
import { containerCommand, mostOverrides } from './rules/command.ts';
import { jobDefinition, nameOf, sizeFault } from './rules/definition.ts';
import { breaksPlan, filesIn, mostContents, planText, stageInputs, type Staged } from './rules/staging.ts';

export interface PrepareDeps {
  /** Throws in a function that was not told of containers. */
  service(): ContainerService;
  deployment(): string;
  batch: Pick<Batch, 'definition' | 'register'>;
  files(): StagedFiles;
  packages(): Pick<PackageStore, 'revision'>;
}

type Unit = Definition & { unit: Container };
type Refused = { kind: 'refused'; message: string };

const refused = (message: string): Refused => ({ kind: 'refused', message });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The revision of a package, where it is a container. */
export async function containerOf({ packages }: Pick<PrepareDeps, 'packages'>, process: string): Promise<Unit | undefined> {
  const named = readPackageProcess(process);
  const definition = named && (await packages().revision(named.id, named.revision))?.definition;
  return definition?.unit.kind === 'container' ? { ...definition, unit: definition.unit } : undefined;
}

/** All that a job on AWS Batch is, but its name and tags, with every fault of its inputs at once. Nothing of it counts before it is submitted. */
export async function prepare(
  deps: PrepareDeps,
  { process, inputs, tag }: Pick<Submission, 'process' | 'inputs' | 'tag'>,
): Promise<Omit<JobRequest, 'jobName' | 'tags'> | Refused> {
  const found = await containerOf(deps, process);
  if (found === undefined) return refused(`There is no container ${process} here.`);
  const { unit, description } = found;
  const [service, store] = [deps.service(), deps.files()];
  const tooLarge = sizeFault(unit.config, service);
  if (tooLarge !== undefined) return refused(tooLarge);
  const names = (all: readonly { name: string }[] = []) => all.map(({ name }) => name);
  const staged = stageInputs(description.inputs ?? [], inputs, store.bucket);
  await loadContents(unit, staged, store);
  const made = commandOf(unit, names(description.inputs), staged.values, parametersPath);
  const globs = globsOf(unit, names(description.outputs), staged.values);
  const broken = Object.entries(globs).filter(([, all]) => all.some(breaksPlan));
  const faults = [
    ...staged.faults,
    ...('faults' in made ? made.faults : []),
    ...broken.map(([name]) => ({ pointer: `/outputs/${name}`, message: 'Its pattern comes to more than one line.' })),
  ];
  if ('faults' in made || faults.length > 0) return refused(faults.map(({ pointer, message }) => `${pointer}: ${message}`).join(' '));
  const command = containerCommand(made);
  if ('fault' in command) return refused(command.fault);
  if (made.parameters !== undefined) {
    const base64 = Buffer.from(JSON.stringify(made.parameters.content)).toString('base64');
    staged.files.push({ path: made.parameters.path, source: { base64 } });
  }
  const ecsPropertiesOverride = overrides(await writePlan(tag, staged, globs, store), command.command);
  if (JSON.stringify(ecsPropertiesOverride).length > mostOverrides)
    return refused(
      'The command line is too long: the package has to take large values by its parameter file (valueForm: parameterFile), or as files.',
    );
  return { jobQueue: service.queue, jobDefinition: await definitionOf(deps, process, unit), ecsPropertiesOverride };
}

const overrides = (plan: string, command: string[] | undefined): Overrides => ({
  taskProperties: [
    {
      containers: [
        { name: containerNames.stageIn, environment: [{ name: 'PLAN_URL', value: plan }] },
        ...(command === undefined ? [] : [{ name: containerNames.application, command }]),
      ],
    },
  ],
});

/** The text of files whose bindings ask for it: of those in the request and in the bucket. */
async function loadContents({ inputBindings }: Container, staged: Staged, store: StagedFiles): Promise<void> {
  for (const [name, { loadContents: wanted }] of Object.entries(inputBindings))
    for (const file of wanted ? filesIn(staged.values[name] ?? null) : []) {
      const source = staged.files.find(({ path }) => path === file.path)!.source;
      const text =
        'base64' in source
          ? Buffer.from(source.base64, 'base64').subarray(0, mostContents).toString()
          : 'key' in source
            ? await store.read(source.key, mostContents)
            : undefined;
      if (text !== undefined) file.contents = text;
      else
        staged.faults.push({
          pointer: `/inputs/${name}`,
          message: 'Its text is read from a file of your workspace, or given by value; from elsewhere it is not read.',
        });
    }
}

/** Writes what the containers beside the application do; answers the link by which they read it. The same job has the same place. */
async function writePlan(tag: string, { files }: Staged, globs: Record<string, string[]>, store: StagedFiles): Promise<string> {
  const keys = [...new Set(files.flatMap(({ source }) => ('key' in source ? [source.key] : [])))];
  const links = new Map(await Promise.all(keys.map(async (key) => [key, await store.sign(key)] as const)));
  const key = plansPrefix + sha256(tag);
  await store.write(key, planText(files, links, globs));
  return store.sign(key);
}

/** The registered definition of a package's revision: named by its content, so that it is reused as long as nothing of it changes. */
async function definitionOf(deps: PrepareDeps, process: string, unit: Container): Promise<string> {
  const service = deps.service();
  const bucketUrl = `https://${deps.files().bucket}.s3.${service.region}.amazonaws.com`;
  const definition = jobDefinition(unit, taskSize(unit.config)!, service, bucketUrl);
  const readable = nameOf(`${deps.deployment()}-${process.replace(/^package:/, '')}`).slice(0, 111);
  const name = `${readable}-${sha256(JSON.stringify(definition)).slice(0, 16)}`;
  return (await deps.batch.definition(name)) ?? deps.batch.register(name, definition);
}
