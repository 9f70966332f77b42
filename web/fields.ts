/** An input of a process, as its description has it. */
export interface Input {
  title?: string;
  description?: string;
  minOccurs?: number;
  maxOccurs?: number | 'unbounded';
  schema: Record<string, unknown>;
  clientHints?: Record<string, unknown>;
}

/** How an input is asked for. */
export type Kind = 'choice' | 'yes-no' | 'whole' | 'number' | 'date' | 'text' | 'lines' | 'file' | 'box' | 'list' | 'json';

const isFile = ({ contentMediaType, contentEncoding, format }: Input['schema']): boolean =>
  contentEncoding !== undefined ||
  format === 'uri' ||
  (typeof contentMediaType === 'string' && !/^(text\/|application\/json)/.test(contentMediaType));
const isBox = ({ format, properties }: Input['schema']): boolean =>
  format === 'ogc-bbox' || (typeof properties === 'object' && properties !== null && 'bbox' in properties);

/** What an author of a process asks of forms. The prefix `ui:` is that of JSON Schema forms, for which some write them. */
export interface Hints {
  widget?: string;
  placeholder?: string;
  help?: string;
  order?: number;
}
export function hintsOf({ clientHints = {} }: Input): Hints {
  const found = (name: string) => clientHints[name] ?? clientHints[`ui:${name}`];
  const texts = ['widget', 'placeholder', 'help'].flatMap((name) =>
    typeof found(name) === 'string' ? [[name, found(name)] as const] : [],
  );
  const order = found('order');
  return { ...Object.fromEntries(texts), ...(typeof order === 'number' ? { order } : {}) };
}

/** Widgets by which one value that is a text, or a box, is asked for otherwise than its schema says. */
const asked = new Map<string, { kind: Kind; of: readonly Kind[] }>([
  ['textarea', { kind: 'lines', of: ['text'] }],
  ['date', { kind: 'date', of: ['text'] }],
  ['workspace-file', { kind: 'file', of: ['text', 'json'] }],
  ['map-bbox', { kind: 'box', of: ['json'] }],
]);

/** Inputs in the order in which they are asked for: by their hints, then as they are described. */
export const inOrder = (inputs: Record<string, Input>): [string, Input][] =>
  Object.entries(inputs).toSorted(([, a], [, b]) => (hintsOf(a).order ?? Infinity) - (hintsOf(b).order ?? Infinity) || 0);

/** A hint that does not fit the schema is passed over: the value could not be read. */
export function kindOf(input: Input): Kind {
  const kind = bySchema(input);
  const hint = asked.get(hintsOf(input).widget ?? '');
  return hint?.of.includes(kind) ? hint.kind : kind;
}

function bySchema({ schema, maxOccurs = 1 }: Input): Kind {
  if (maxOccurs !== 1) return schema['type'] === 'string' ? 'list' : 'json';
  if (Array.isArray(schema['enum'])) return 'choice';
  if (isBox(schema)) return 'box';
  switch (schema['type']) {
    case 'boolean':
      return 'yes-no';
    case 'integer':
      return 'whole';
    case 'number':
      return 'number';
    case 'string':
      return isFile(schema) ? 'file' : schema['format'] === 'date' ? 'date' : 'text';
    default:
      return 'json';
  }
}

/**
 * What somebody typed as the value that is sent; undefined where nothing was typed. What cannot be read is sent as it is: the service names
 * what is wrong better than a form could.
 */
export function valueOf(kind: Kind, typed: string): unknown {
  const text = kind === 'text' || kind === 'lines' ? typed : typed.trim();
  if (text === '') return undefined;
  const number = Number(text);
  switch (kind) {
    case 'whole':
    case 'number':
      return Number.isNaN(number) ? text : number;
    case 'yes-no':
      return text === 'true';
    case 'file':
      return { href: text };
    case 'box':
      return { bbox: text.split(/[\s,]+/).map(Number) };
    case 'list':
      return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
    case 'choice':
    case 'json':
      return parsed(text);
    default:
      return text;
  }
}

/** JSON as its value; an object is wrapped, as the standard asks for. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !('href' in value || 'value' in value || 'bbox' in value)
      ? { value }
      : value;
  } catch {
    return text;
  }
}
