import * as z from 'zod';
import type { ProcessInput } from '../../../platforms/ports.ts';
import type { Told } from './define.ts';
import { isObject, pointer, type Json, type Reader } from './reader.ts';

/** A node of a process graph (openEO API 1.3, "Process Graphs"). */
const Node = z.looseObject({ process_id: z.string().min(1), arguments: z.record(z.string(), z.unknown()) });
const Parameter = z.looseObject({
  name: z.string().min(1).max(200),
  description: z.string().optional(),
  optional: z.boolean().optional(),
  schema: z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown())).min(1)]).optional(),
});

/** Names that `from_parameter` uses anywhere below; `inner`: in a graph that a node gets as an argument. */
function usedIn(value: unknown, inner = false): { name: string; inner: boolean }[] {
  if (Array.isArray(value)) return value.flatMap((one) => usedIn(one, inner));
  if (!isObject(value)) return [];
  if (typeof value['from_parameter'] === 'string' && Object.keys(value).length === 1) return [{ name: value['from_parameter'], inner }];
  return Object.entries(value).flatMap(([key, one]) => usedIn(one, inner || key === 'process_graph'));
}
/** What processes call the parameters of graphs within them (openEO processes 2.0); the graph's own may not have such a name there. */
const innerNames = new Set(['data', 'x', 'y', 'value', 'label', 'index', 'context', 'cube1', 'cube2', 'parent', 'labels', 'timestamp']);

/** What a process graph with its metadata (openEO: a user-defined process) says of itself; faults of both are named. */
export function describeGraph(document: Json, at: string, reader: Reader): Told {
  const graph = document['process_graph'] as Json;
  const nodes = Object.entries(graph);
  if (nodes.length === 0) reader.fault(pointer(at, 'process_graph'), 'The graph has no nodes.');
  for (const [id, node] of nodes) reader.read(Node, node, pointer(at, 'process_graph', id));
  const results = nodes.filter(([, node]) => isObject(node) && node['result'] === true);
  if (nodes.length > 0 && results.length !== 1)
    reader.fault(pointer(at, 'process_graph'), `One node must have "result": true, not ${results.length}.`);
  const parameters = reader.read(z.array(Parameter).max(500).nullish(), document['parameters'], pointer(at, 'parameters')) ?? [];
  const names = new Set(parameters.map(({ name }) => name));
  const used = usedIn(graph);
  const namesIn = (inner: boolean) => new Set(used.filter((one) => one.inner === inner).map(({ name }) => name));
  for (const name of namesIn(false))
    if (!names.has(name))
      reader.fault(pointer(at, 'process_graph'), `The graph uses a parameter ${name}, which is not among its parameters.`);
  for (const name of namesIn(true))
    if (names.has(name) && innerNames.has(name))
      reader.fault(
        pointer(at, 'parameters'),
        `Call the parameter ${name} otherwise: within a graph that is an argument it cannot be told from that one's own.`,
      );
  const text = (name: string): string | undefined => (typeof document[name] === 'string' ? document[name] : undefined);
  const [id, title, description] = [text('id'), text('summary'), text('description')];
  return {
    ...(id === undefined ? {} : { id }),
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    inputs: parameters.map(inputOf),
  };
}

function inputOf({ name, description, optional, schema, ...rest }: z.output<typeof Parameter>): ProcessInput {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    optional: optional === true,
    schema: Array.isArray(schema) ? (schema.length === 1 ? schema[0]! : { anyOf: schema }) : (schema ?? {}),
    ...(rest['default'] === undefined ? {} : { default: rest['default'] }),
  };
}
