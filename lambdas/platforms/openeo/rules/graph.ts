import type { Submission } from '../../../platforms/ports.ts';
import type { ProcessDocument } from '../model.ts';
import { argumentsOf } from './boxes.ts';
import { taggedTitle } from './jobs.ts';

/** Names of output formats as back-ends list them, by the words of a job request. */
const formats: Readonly<Record<string, string>> = { gtiff: 'GTiff', netcdf: 'netCDF', geojson: 'GeoJSON', json: 'JSON' };

/** Where the process comes from: `namespace` is the URL of its description, absent for the platform's own. */
export interface KnownProcess {
  document: ProcessDocument;
  namespace?: string;
  /** The graph of a package, which the platform does not know: it is sent itself. */
  inline?: true;
}

/** A UDP that saves its results itself needs no second `save_result`. */
const saves = ({ process_graph: graph }: ProcessDocument): boolean =>
  Object.values(graph ?? {}).some(({ process_id: id }) => id === 'save_result');

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A graph's value with arguments in place of its parameters. Graphs within it have parameters of their own, told apart at deployment. */
function filled(value: unknown, args: Readonly<Json>, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => filled(one, args, names));
  if (!isObject(value)) return value;
  const name = value['from_parameter'];
  if (typeof name === 'string' && Object.keys(value).length === 1 && names.has(name)) return args[name] ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, args, names)]));
}

/** The graph of a job (which has no parameters), with a node that saves the result where the graph has none. */
function inlineGraph(document: ProcessDocument, given: Json, format: string | undefined): Json {
  const parameters = document.parameters ?? [];
  const usual = Object.fromEntries(parameters.map((one) => [one.name, one.default]));
  const graph = filled(document.process_graph ?? {}, { ...usual, ...given }, new Set(parameters.map(({ name }) => name))) as Record<
    string,
    Json
  >;
  const end = Object.entries(graph).find(([, node]) => node['result'] === true);
  if (format === undefined || saves(document) || end === undefined) return graph;
  const [last, node] = end;
  const name = Object.hasOwn(graph, 'save') ? `save_${Object.keys(graph).length}` : 'save';
  return { ...graph, [last]: { ...node, result: false }, [name]: saved(last, format) };
}
const saved = (node: string, format: string): Json => ({
  process_id: 'save_result',
  arguments: { data: { from_node: node }, format: formats[format] ?? format, options: {} },
  result: true,
});

/**
 * The body of `POST /jobs`: one node for the process, resolved by its namespace (extension "remote process definition"),
 * and one that saves its result in the format asked for.
 */
export function jobBody({ document, namespace, inline }: KnownProcess, submission: Submission): Record<string, unknown> {
  const { title, tag, inputs, format } = submission;
  const node = {
    process_id: document.id,
    ...(namespace === undefined ? {} : { namespace }),
    arguments: argumentsOf(inputs, document.parameters ?? []),
  };
  const graph = inline
    ? inlineGraph(document, node.arguments, format)
    : format === undefined || saves(document)
      ? { process: { ...node, result: true } }
      : {
          process: node,
          save: saved('process', format),
        };
  const options = document.default_job_options;
  return {
    title: taggedTitle(title, tag),
    process: { process_graph: graph },
    ...(options === undefined ? {} : { job_options: options }),
  };
}
