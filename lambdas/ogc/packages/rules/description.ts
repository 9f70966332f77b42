import * as z from 'zod';
import type { Description } from '../../../platforms/packages/model.ts';
import { parametersOf } from './parameters.ts';
import { isObject, pointer, type Json, type Placed, type Reader } from './reader.ts';
import { inputFrom, occurs, schemaOf, type SchemaFault } from './values.ts';

/** An id that fits in a path as it is; a colon would make it a process of a platform. */
export const ProcessId = z
  .string()
  .max(100, 'Must have at most 100 characters.')
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'Must be letters, digits, and _ . - behind the first one.');

const text = (most: number) => z.string().max(most);
const Version = z.preprocess((given) => (typeof given === 'number' ? String(given) : given), text(100).min(1));
const Keywords = z.array(text(200)).max(100);

type Entry = Placed<Json> & { id: string };
type Binding = 'inputBindings' | 'outputBindings';

/** What a package says of its process; what it leaves out may be known from its unit. */
export interface Found extends Record<Binding, Map<string, Placed<Json>>> {
  at: string;
  id?: string;
  about: Partial<Omit<Description, 'id' | 'inputs' | 'outputs'>>;
  inputs?: NonNullable<Description['inputs']>;
  outputs?: NonNullable<Description['outputs']>;
  entries: { inputs: Entry[]; outputs: Entry[] };
}

/** Of all the places where the dialects have a field, the first that has it. */
const first = (name: string, places: readonly Placed<Json>[]): Placed | undefined => {
  const place = places.find(({ value }) => value[name] !== undefined && value[name] !== null);
  return place && { value: place.value[name], at: pointer(place.at, name) };
};

const controls = { 'sync-execute': /^sync([-_]?execute)?$/i, 'async-execute': /^async([-_]?execute)?$/i };
const transmissions = { value: /^(by[-_ ]?)?value$/i, reference: /^(by[-_ ]?)?reference$/i };

/** Words of a list in the spelling of Part 1. `dismiss` goes without saying: every job can be dismissed. */
function words<Word extends string>(
  given: Placed | undefined,
  known: Record<Word, RegExp>,
  passedOver: RegExp | undefined,
  reader: Reader,
): Word[] | undefined {
  if (given === undefined) return undefined;
  const names = Object.keys(known) as Word[];
  const list: unknown[] = [given.value].flat();
  const found = list.flatMap((one, i) => {
    const word = typeof one === 'string' ? names.find((name) => known[name].test(one)) : undefined;
    if (word === undefined && !(typeof one === 'string' && passedOver?.test(one)))
      reader.fault(pointer(given.at, i), `Must be ${names.join(' or ')}.`);
    return word ?? [];
  });
  return found.length === 0 ? undefined : [...new Set(found)];
}

function titles(places: readonly Placed<Json>[], reader: Reader): { title?: string; description?: string } {
  const read = (name: string, most: number) => {
    const given = first(name, places);
    return given && reader.read(text(most), given.value, given.at);
  };
  const [title, description] = [read('title', 500), read('description', 20_000) ?? read('abstract', 20_000)];
  return { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
}

/** A licence by its name or URL, or as a link. */
function license(places: readonly Placed<Json>[], reader: Reader): { license?: string } {
  const given = first('license', places) ?? linked(places);
  const value = isObject(given?.value) ? (given.value['href'] ?? given.value['name']) : given?.value;
  const read = given && reader.read(text(2000), value, given.at);
  return read === undefined ? {} : { license: read };
}
function linked(places: readonly Placed<Json>[]): Placed | undefined {
  for (const { value, at } of places) {
    const links: unknown = value['links'];
    const i = Array.isArray(links) ? links.findIndex((link) => isObject(link) && link['rel'] === 'license') : -1;
    if (i >= 0) return { value: (links as Json[])[i], at: pointer(at, 'links', i) };
  }
  return undefined;
}

/** Reads `processDescription` in either form: the process in `process` or by itself, inputs and outputs as objects or lists. */
export function readDescription(body: Json, judge: SchemaFault, reader: Reader): Found | undefined {
  if (body['processDescription'] === undefined || body['processDescription'] === null) return undefined;
  const outer = reader.object(body['processDescription'], '/processDescription');
  if (outer === undefined) return undefined;
  const isWrapped = outer['process'] !== undefined;
  const at = isWrapped ? '/processDescription/process' : '/processDescription';
  const process = isWrapped ? reader.object(outer['process'], at) : outer;
  if (process === undefined) return undefined;
  const places: Placed<Json>[] = [
    { value: process, at },
    { value: outer, at: '/processDescription' },
    { value: body, at: '' },
  ];
  const own = places.slice(0, 1);
  const id = process['id'] === undefined ? undefined : reader.read(ProcessId, process['id'], pointer(at, 'id'));
  const version = first('version', own) ?? first('processVersion', places);
  const keywords = first('keywords', own);
  const [read, given] = [
    version && reader.read(Version, version.value, version.at),
    keywords && reader.read(Keywords, keywords.value, keywords.at),
  ];
  const jobControlOptions = words(first('jobControlOptions', places), controls, /^dismiss$/i, reader);
  const outputTransmission = words(first('outputTransmission', places), transmissions, undefined, reader);
  const entries = {
    inputs: reader.entries(process['inputs'], pointer(at, 'inputs')),
    outputs: reader.entries(process['outputs'], pointer(at, 'outputs')),
  };
  const bindings = (kind: 'inputs' | 'outputs', role: string) =>
    new Map(
      entries[kind].flatMap(({ id: name, value, at: where }) => {
        const binding = parametersOf(value, where, role, reader);
        return binding === undefined ? [] : [[name, binding] as const];
      }),
    );
  return {
    at,
    ...(id === undefined ? {} : { id }),
    about: {
      ...titles(own, reader),
      ...(read === undefined ? {} : { version: read }),
      ...(given === undefined ? {} : { keywords: given }),
      ...license(own, reader),
      ...(jobControlOptions === undefined ? {} : { jobControlOptions }),
      ...(outputTransmission === undefined ? {} : { outputTransmission }),
    },
    ...(process['inputs'] === undefined ? {} : { inputs: entries.inputs.flatMap((entry) => inputOf(entry, judge, reader)) }),
    ...(process['outputs'] === undefined ? {} : { outputs: entries.outputs.flatMap((entry) => outputOf(entry, judge, reader)) }),
    entries,
    inputBindings: bindings('inputs', 'inputBinding'),
    outputBindings: bindings('outputs', 'outputBinding'),
  };
}

function inputOf(entry: Entry, judge: SchemaFault, reader: Reader) {
  const schema = schemaOf(entry, judge, reader);
  const times = occurs(entry, reader);
  return schema === undefined ? [] : [{ ...inputFrom(entry.id, schema, times), ...titles([entry], reader), ...hints(entry, reader) }];
}

/** Hints of either place where the dialects have them: of the input, or of its `input` in the older one. */
function hints({ value, at }: Entry, reader: Reader): { clientHints?: Json } {
  const given = first('clientHints', [
    { value, at },
    ...(isObject(value['input']) ? [{ value: value['input'], at: pointer(at, 'input') }] : []),
  ]);
  const clientHints = given && reader.object(given.value, given.at);
  return clientHints === undefined ? {} : { clientHints };
}

function outputOf(entry: Entry, judge: SchemaFault, reader: Reader) {
  const schema = schemaOf(entry, judge, reader);
  return schema === undefined ? [] : [{ name: entry.id, schema, ...titles([entry], reader) }];
}
