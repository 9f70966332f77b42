import * as z from 'zod';
import { UnitConfig, type Container } from '../../../platforms/packages/model.ts';
import { most, storageOf } from '../../../platforms/packages/rules/fargate.ts';
import { inputBinding, outputBinding, shellFaults } from './bindings.ts';
import { isObject, pointer, type Json, type Placed, type Reader } from './reader.ts';

/** A unit as it was found, before what it names is looked up. */
export type FoundUnit =
  | ({ kind: 'container' } & Placed<Json>)
  | { kind: 'link'; href: string; platform?: string; at: string }
  | { kind: 'graph'; document: Json; platform?: string; at: string };

/** Types of unit that containers are, as Part 2 names them; every environment with a container service can run both. */
const containers = ['docker', 'oci'] as const;
const dockerized = /dockerizedApplication$/i;
const knownUnits =
  'a container (type docker or oci, with an image), a link to a process of a registered platform (href), or an openEO process graph (value with a process_graph)';

const isContainer = (type: unknown): boolean => typeof type === 'string' && (containers as readonly string[]).includes(type.toLowerCase());

/** Which of the forms of an execution unit this is (Part 2: unit, link, qualified value, or a list; the older dialect: `unit` in place of `image`). */
export function findUnit(given: unknown, profile: unknown, reader: Reader): FoundUnit | undefined {
  const at = '/executionUnit';
  if (given === undefined) return reader.fault(at, `Required: ${knownUnits}.`);
  if (Array.isArray(given)) {
    if (given.length === 1) return oneUnit(given[0], pointer(at, 0), profile, reader);
    return reader.fault(
      at,
      given.length === 0 ? `The list is empty: give ${knownUnits}.` : 'Give one unit: it cannot be told which of several is to run.',
    );
  }
  return oneUnit(given, at, profile, reader);
}

function oneUnit(given: unknown, at: string, profile: unknown, reader: Reader): FoundUnit | undefined {
  const unit = reader.object(given, at);
  if (unit === undefined) return undefined;
  const platform = typeof unit['platform'] === 'string' ? { platform: unit['platform'] } : {};
  if (typeof unit['href'] === 'string') return { kind: 'link', href: unit['href'], ...platform, at: pointer(at, 'href') };
  for (const name of ['value', 'unit']) {
    const inner = unit[name];
    if (!isObject(inner)) continue;
    if (isObject(inner['process_graph'])) return { kind: 'graph', document: inner, ...platform, at: pointer(at, name) };
    const isCwl = 'cwlVersion' in inner;
    return reader.fault(
      pointer(at, name),
      isCwl ? `CWL is not run here. Give ${knownUnits}.` : `This is no unit that can be run here. Give ${knownUnits}.`,
    );
  }
  if (isObject(unit['process_graph'])) return { kind: 'graph', document: unit, ...platform, at };
  const type = unit['type'] ?? (typeof profile === 'string' && dockerized.test(profile) ? 'docker' : undefined);
  if (isContainer(type)) return { kind: 'container', value: { ...unit, type }, at };
  if (type === undefined) return reader.fault(at, `It cannot be told what this unit is. Give ${knownUnits}.`);
  return reader.fault(pointer(at, 'type'), `No environment runs units of the type ${JSON.stringify(type)}. Give ${knownUnits}.`);
}

const number = z.preprocess((given) => (typeof given === 'string' && given.trim() !== '' ? Number(given) : given), z.number());
const Config = z.looseObject(
  Object.fromEntries(Object.keys(UnitConfig.shape).map((name) => [name, number.optional()])) as Record<
    keyof typeof UnitConfig.shape,
    z.ZodOptional<typeof number>
  >,
);

const words = {
  cpuMin: 'CPUs',
  memoryMin: 'GB of memory',
  storageTempMin: 'GB of storage',
  storageOutputsMin: 'GB of storage',
  jobTimeout: 'seconds',
} as const;
const isWanted = (value: unknown): boolean => ![undefined, null, false, 0, '0', ''].includes(value as string);

function readConfig(given: unknown, at: string, reader: Reader): UnitConfig {
  if (given === undefined) return {};
  const loose = reader.read(Config, given, at);
  const config = loose && reader.read(UnitConfig, loose, at);
  if (config === undefined) return {};
  for (const [name, value] of Object.entries(config))
    if (/gpu|cuda/i.test(name) && isWanted(value)) reader.fault(pointer(at, name), 'No environment has GPUs.');
  for (const name of Object.keys(most) as (keyof typeof most)[])
    if ((config[name] ?? 0) > most[name])
      reader.fault(pointer(at, name), `No environment has more than ${most[name]} ${words[name]} for one container.`);
  if (storageOf(config) > most.storageTempMin && (config.storageTempMin ?? 0) <= most.storageTempMin)
    reader.fault(
      pointer(at, 'storageOutputsMin'),
      `No environment has more than ${most.storageTempMin} GB of storage for one container, with storageTempMin.`,
    );
  for (const [low, high] of [
    ['cpuMin', 'cpuMax'],
    ['memoryMin', 'memoryMax'],
  ] as const)
    if (config[low] !== undefined && config[high] !== undefined && config[low] > config[high])
      reader.fault(pointer(at, high), `Must be at least ${low}, which is ${config[low]}.`);
  return config;
}

/** Words of a command: a list as it is, a text cut at its blanks. */
function readCommand(given: unknown, at: string, reader: Reader): string[] | undefined {
  if (given === undefined) return undefined;
  const list = typeof given === 'string' && !/["'\\$`]/.test(given) ? given.split(/\s+/).filter(Boolean) : given;
  if (Array.isArray(list) && list.length > 0 && list.every((one): one is string => typeof one === 'string' && one !== '')) return list;
  return reader.fault(at, 'Must be a list of words, such as ["python3", "run.py"].');
}

/** A reference of an image: registry, path, tag, digest. */
const Image = z
  .string()
  .max(255, 'Must have at most 255 characters.')
  .regex(/^[a-z0-9][\w.:/@-]*$/i, 'Must name an image, such as registry.example.org/ndvi:1.2.');

interface Described {
  inputs: readonly (Placed<Json> & { id: string })[];
  outputs: readonly (Placed<Json> & { id: string })[];
  /** Bindings that stand with the inputs and outputs (`additionalParameters`), by their ids. */
  inputBindings: ReadonlyMap<string, Placed<Json>>;
  outputBindings: ReadonlyMap<string, Placed<Json>>;
}

/** A container with its bindings; every binding has its input or output. */
export function readContainer({ value, at }: Placed<Json>, described: Described, reader: Reader): Container | undefined {
  const name = value['image'] !== undefined ? 'image' : 'unit';
  const image = reader.read(Image, value[name], pointer(at, value[name] === undefined ? 'image' : name));
  const config = readConfig(value['config'], pointer(at, 'config'), reader);
  const command = readCommand(config['command'], pointer(at, 'config', 'command'), reader);
  const inputs = new Set(described.inputs.map(({ id }) => id));
  const bound = bindings(value['bindings'], pointer(at, 'bindings'), reader);
  const read = <Binding>(
    kind: 'input' | 'output',
    own: ReadonlyMap<string, Placed<Json>>,
    one: (binding: Placed<Json>) => Binding | undefined,
  ): Record<string, Binding> => {
    const ids = new Set(described[`${kind}s`].map(({ id }) => id));
    const all = new Map([...own, ...bound[kind]]);
    const found: [string, Binding][] = [];
    for (const [id, binding] of all) {
      if (!ids.has(id)) reader.fault(binding.at, `There is no ${kind} ${id}, only: ${[...ids].join(', ') || 'none at all'}.`);
      const checked = one(binding);
      if (checked !== undefined) found.push([id, checked]);
    }
    return Object.fromEntries(found);
  };
  const inputBindings = read('input', described.inputBindings, (binding) => inputBinding(binding, inputs, reader));
  const outputBindings = read('output', described.outputBindings, (binding) => outputBinding(binding, inputs, reader));
  if (image === undefined) return undefined;
  const container: Container = {
    ...{ kind: 'container', type: String(value['type']).toLowerCase() as Container['type'], image, config },
    ...(command === undefined ? {} : { command }),
    ...{ inputBindings, outputBindings },
  };
  shellFaults(container, at, reader);
  return container;
}

function bindings(given: unknown, at: string, reader: Reader): Record<'input' | 'output', Map<string, Placed<Json>>> {
  const of = (name: string): Map<string, Placed<Json>> => {
    const all = isObject(given) ? given[name] : undefined;
    return new Map(reader.entries(all, pointer(at, name)).map(({ id, value, at: where }) => [id, { value, at: where }]));
  };
  if (given !== undefined && !isObject(given)) reader.fault(at, 'Must be an object.');
  return { input: of('inputBindings'), output: of('outputBindings') };
}
