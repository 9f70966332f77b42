/** A file or folder as the container sees it. */
export interface FileValue {
  class: 'File' | 'Directory';
  /** Where it lies, with its name. */
  path: string;
  /** Only where a binding asks for them: the text of a file, the paths of what a folder holds. */
  contents?: string;
  listing?: string[];
}
export type Value = null | boolean | number | string | FileValue | Value[] | { [name: string]: Value };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isFile = (value: Value): value is FileValue =>
  isObject(value) && (value['class'] === 'File' || value['class'] === 'Directory') && typeof value['path'] === 'string';

type Step = string | number;
type Term = { text: string } | { root: 'self' | 'inputs'; steps: Step[] };
/** A part of a text: what stands there, or terms whose values are put together. */
type Part = string | Term[];

/** `name`, `['name']`, `["name"]`, `[0]`, one after the other (CWL 1.2, "Parameter references"). */
const stepAt = /\.([A-Za-z_]\w*)|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(\d{1,6})\]/y;
const termAt = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(self|inputs)\b)/y;
const unescaped = (text: string): string => text.replaceAll(/\\(.)/g, '$1');

class Unreadable extends Error {}
const javaScript =
  'Only references such as $(self), $(self.basename) and $(inputs.name), and texts in quotes joined by +, can be read here: JavaScript is not run.';

/** One expression from behind `$(`; answers its terms, and where the text goes on behind `)`. */
function readTerms(text: string, from: number): { terms: Term[]; end: number } {
  const terms: Term[] = [];
  for (let at = from; ;) {
    termAt.lastIndex = at;
    const found = termAt.exec(text);
    if (found === null) throw new Unreadable(javaScript);
    at = termAt.lastIndex;
    const [, double, single, root] = found;
    if (root === undefined) terms.push({ text: unescaped(double ?? single ?? '') });
    else {
      const steps: Step[] = [];
      for (stepAt.lastIndex = at; ;) {
        const step = stepAt.exec(text);
        if (step === null) break;
        at = stepAt.lastIndex;
        const [, name, one, two, index] = step;
        steps.push(index === undefined ? (name ?? unescaped(one ?? two ?? '')) : Number(index));
      }
      terms.push({ root: root as 'self' | 'inputs', steps });
    }
    const next = /\s*([+)])/y;
    next.lastIndex = at;
    const sign = next.exec(text)?.[1];
    if (sign === undefined) throw new Unreadable(javaScript);
    at = next.lastIndex;
    if (sign === ')') return { terms, end: at };
  }
}

/** The parts of a text with expressions. `\$(` is no expression but the text `$(`. Throws what cannot be read. */
function parts(text: string): Part[] {
  const found: Part[] = [];
  let plain = '';
  for (let at = 0; at < text.length;) {
    const two = text.slice(at, at + 2);
    if (text.startsWith('\\$(', at) || text.startsWith('\\${', at)) {
      plain += text.slice(at + 1, at + 3);
      at += 3;
    } else if (two === '${') throw new Unreadable(javaScript);
    else if (two === '$(') {
      const { terms, end } = readTerms(text, at + 2);
      if (plain !== '') found.push(plain);
      plain = '';
      found.push(terms);
      at = end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  return plain === '' ? found : [...found, plain];
}

const readable = (text: string): { parts: Part[] } | { fault: string } => {
  try {
    return { parts: parts(text) };
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message };
    throw error;
  }
};

/** Why a text cannot be read, or names an input that is not there; undefined where all is well. */
export function expressionFault(text: string, inputs: ReadonlySet<string>, hasSelf: boolean): string | undefined {
  const read = readable(text);
  if ('fault' in read) return read.fault;
  for (const part of read.parts)
    for (const term of typeof part === 'string' ? [] : part) {
      if (!('root' in term)) continue;
      if (term.root === 'self' && !hasSelf) return '`self` is the value of an input, and here is none.';
      const [name] = term.steps;
      if (term.root === 'inputs' && (typeof name !== 'string' || !inputs.has(name)))
        return `There is no input ${name === undefined ? 'named after `inputs`' : String(name)}, only: ${[...inputs].join(', ') || 'none at all'}.`;
    }
  return undefined;
}

/** The last name of a path, and its parts before and from the last dot; a leading dot begins no extension. */
function namesOf(path: string): { folder: string; basename: string; nameroot: string; nameext: string } {
  const trimmed = path.replace(/(.)\/+$/, '$1');
  const slash = trimmed.lastIndexOf('/');
  const basename = trimmed.slice(slash + 1);
  const dot = basename.lastIndexOf('.');
  const [nameroot, nameext] = dot <= 0 ? [basename, ''] : [basename.slice(0, dot), basename.slice(dot)];
  return { folder: slash > 0 ? trimmed.slice(0, slash) : slash === 0 ? '/' : '', basename, nameroot, nameext };
}

/** What Part 2 lets a file say of itself (`inputBinding.yaml`: `.path` is where it lies, without its name). */
function ofFile(file: FileValue, step: Step): Value {
  const { folder, basename, nameroot, nameext } = namesOf(file.path);
  const known: Record<string, Value> = {
    ...{ path: folder, dirname: folder, basename, nameroot, nameext },
    ...{ contents: file.contents ?? null, listing: file.listing ?? null, class: file.class },
  };
  return Object.hasOwn(known, step) ? known[step]! : null;
}

function follow(value: Value, [step, ...rest]: readonly Step[]): Value {
  if (step === undefined || value === null) return value;
  const next = isFile(value)
    ? ofFile(value, step)
    : Array.isArray(value)
      ? step === 'length'
        ? value.length
        : typeof step === 'number'
          ? (value[step] ?? null)
          : null
      : isObject(value) && Object.hasOwn(value, step)
        ? (value[step] as Value)
        : null;
  return follow(next, rest);
}

/** A value as text: a file is its path, and what has parts is JSON. */
export function textOf(value: Value): string {
  if (value === null) return '';
  if (isFile(value)) return value.path;
  return typeof value === 'object' ? JSON.stringify(plain(value)) : String(value);
}

/** A value as programs read it: files are their paths. */
export function plain(value: Value): unknown {
  if (isFile(value as FileValue)) return (value as FileValue).path;
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one as Value)])) : value;
}

export interface Scope {
  self: Value;
  inputs: Readonly<Record<string, Value>>;
}

function valueOf(term: Term, { self, inputs }: Scope): Value {
  if ('text' in term) return term.text;
  if (term.root === 'self') return follow(self, term.steps);
  const [name = '', ...rest] = term.steps;
  return follow(Object.hasOwn(inputs, name) ? inputs[name]! : null, rest);
}

const joined = (terms: readonly Term[], scope: Scope): Value =>
  terms.length === 1 ? valueOf(terms[0]!, scope) : terms.map((term) => textOf(valueOf(term, scope))).join('');

/** The parts of a text with each expression's value. It was read when the package was deployed; what cannot be read stands for itself. */
export function evaluatedParts(text: string, scope: Scope): { value: Value; isLiteral: boolean }[] {
  const read = readable(text);
  if ('fault' in read) return [{ value: text, isLiteral: true }];
  return read.parts.map((part) =>
    typeof part === 'string' ? { value: part, isLiteral: true } : { value: joined(part, scope), isLiteral: false },
  );
}

/** What a text comes to: the value itself where it is one expression and nothing else. */
export function evaluated(text: string, scope: Scope): Value {
  const all = evaluatedParts(text, scope);
  return all.length === 1 ? all[0]!.value : all.map(({ value }) => textOf(value)).join('');
}
