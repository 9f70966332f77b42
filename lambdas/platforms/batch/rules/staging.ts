import type { Fault } from '../../../shared/problem.ts';
import type { ProcessInput } from '../../../platforms/ports.ts';
import type { FileValue, Value } from '../../../platforms/packages/rules/expressions.ts';
import { folders } from '../model.ts';

type Json = Record<string, unknown>;

/** Where the bytes of an input come from: an object of the environment's bucket, a URL, or the request itself (base64). */
type Source = { key: string } | { url: string } | { base64: string };
export interface StagedFile {
  path: string;
  source: Source;
}

/** Inputs as the application sees them, and the files that have to be there before it starts. */
export interface Staged {
  values: Record<string, Value>;
  files: StagedFile[];
  faults: Fault[];
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
/** A link (OGC API - Processes - Part 1, `link.yaml`); objects that only have an `href` among other things are values. */
const linkMembers = new Set(['href', 'type', 'rel', 'title', 'hreflang', 'format', 'mediaType']);
const isLink = (value: unknown): value is Json & { href: string } =>
  isObject(value) && typeof value['href'] === 'string' && Object.keys(value).every((key) => linkMembers.has(key));
const isBinary = ({ contentEncoding, format }: Json): boolean =>
  contentEncoding === 'base64' || contentEncoding === 'binary' || format === 'byte' || format === 'binary';

/** The last name of a path, of letters that no shell and no program takes for anything else. */
function plainName(path: string): string {
  const last = path.split('/').findLast((part) => part !== '') ?? '';
  let decoded = last;
  try {
    decoded = decodeURIComponent(last);
  } catch {
    // Not every path is percent-encoded.
  }
  const name = decoded
    .split('/')
    .at(-1)!
    .replaceAll(/[^\w.-]/g, '_')
    .replace(/^[.-]+/, '');
  return name.slice(-100) || 'file';
}

/** Makes files of links, of references to the bucket and of binary values; everything else stays the value that it is. */
export function stageInputs(described: readonly ProcessInput[], inputs: Readonly<Json>, bucket: string): Staged {
  const staged: Staged = { values: {}, files: [], faults: [] };
  const file = (name: string, source: Source): FileValue => {
    const path = `${folders.inputs}/${staged.files.length + 1}/${plainName(name)}`;
    staged.files.push({ path, source });
    return { class: 'File', path };
  };
  const linked = (href: string, at: string): Value => {
    const own = `s3://${bucket}/`;
    // Whose file it is was looked at when the job was made.
    if (href.startsWith(own)) return file(href, { key: href.slice(own.length) });
    const url = URL.parse(href);
    if (url?.protocol === 'https:' || url?.protocol === 'http:') return file(url.pathname, { url: url.href });
    staged.faults.push({
      pointer: at,
      message: 'A container can be given files of your workspace, and those that https: or http: lead to.',
    });
    return null;
  };
  const valueOf = (given: unknown, schema: Json, at: string): Value => {
    if (Array.isArray(given)) {
      const items = isObject(schema['items']) ? schema['items'] : {};
      return given.map((one, i) => valueOf(one, items, `${at}/${i}`));
    }
    if (isLink(given)) return linked(given.href, at);
    if (typeof given !== 'string') return given as Value;
    if (given.startsWith(`s3://${bucket}/`)) return linked(given, at);
    return isBinary(schema) ? file('value', { base64: given.replaceAll(/\s/g, '') }) : given;
  };
  for (const { name, schema } of described) {
    const inner = schema['type'] === 'array' && isObject(schema['items']) && !Array.isArray(inputs[name]) ? schema['items'] : schema;
    if (inputs[name] !== undefined) staged.values[name] = valueOf(inputs[name], inner, `/inputs/${name}`);
  }
  return staged;
}

/** Bytes of a file that `$(self.contents)` may hold (CWL 1.2, `loadContents`). */
export const mostContents = 64 * 1024;

/** Files whose text a binding asks for, by the names of their inputs. */
export const filesIn = (value: Value): FileValue[] => {
  if (Array.isArray(value)) return value.flatMap(filesIn);
  return isObject(value) && value['class'] === 'File' ? [value as unknown as FileValue] : [];
};

/**
 * What the containers beside the application are to do: a line for each file that is fetched, and for each pattern of an output.
 * `link`: the signed link of each object of the bucket.
 */
export function planText(
  files: readonly StagedFile[],
  links: ReadonlyMap<string, string>,
  globs: Readonly<Record<string, readonly string[]>>,
): string {
  const lines = files.map(({ path, source }) => {
    if ('base64' in source) return ['inline', path, source.base64];
    return ['url', path, 'url' in source ? source.url : links.get(source.key)!];
  });
  const wanted = Object.entries(globs).flatMap(([name, patterns]) => patterns.map((glob) => ['out', encodeURIComponent(name), glob]));
  return [...lines, ...wanted].map((line) => `${line.join('\t')}\n`).join('');
}

/** A pattern that the plan cannot hold: it would end its line. */
export const breaksPlan = (glob: string): boolean => /[\t\n\r]/.test(glob);
