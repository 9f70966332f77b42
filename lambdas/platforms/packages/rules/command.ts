import type { Fault } from '../../../shared/problem.ts';
import type { Container, InputBinding } from '../model.ts';
import { evaluated, evaluatedParts, isFile, plain, textOf, type Scope, type Value } from './expressions.ts';

/** A piece of a word; `raw`: the package wrote it for a shell to read. */
interface Piece {
  text: string;
  raw: boolean;
}
type Word = Piece[];
/** What a binding puts on the command line: a value, or a word whose pieces are told apart already. */
type Bound = { value: Value } | { word: Word };

/** What is run in a container: its words, and what its parameter file holds, where there is one. */
export interface Command {
  /** In place of the image's entry point where the package says what is run; otherwise its arguments. */
  words: string[];
  replacesEntryPoint: boolean;
  parameters?: { path: string; content: Record<string, unknown> };
}

const piece = (text: string): Piece => ({ text, raw: false });
/** What a shell takes as one word whatever it holds (POSIX, "Single-Quotes"). */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The words of one value. `separate: false` and a separator other than a blank make one word of prefix and value. */
function wordsOf(given: Bound, binding: InputBinding): Word[] {
  const { prefix, separate, argumentSeparator, itemSeparator, shellQuote } = binding;
  const before: Word = prefix === undefined ? [] : [{ text: prefix, raw: shellQuote === false }];
  const glue =
    argumentSeparator === undefined
      ? separate === false
        ? ''
        : undefined
      : argumentSeparator.trim() === ''
        ? undefined
        : argumentSeparator;
  const withPrefix = (word: Word): Word[] => {
    if (prefix === undefined) return [word];
    return glue === undefined ? [before, word] : [[...before, piece(glue), ...word]];
  };
  if ('word' in given) return withPrefix(given.word);
  const { value } = given;
  if (value === null) return [];
  // A switch: the prefix says it, unless a separator says that its value follows.
  if (typeof value === 'boolean' && prefix !== undefined && argumentSeparator === undefined) return value ? [before] : [];
  if (!Array.isArray(value)) return withPrefix([piece(textOf(value))]);
  if (value.length === 0) return [];
  if (itemSeparator !== undefined) return withPrefix([piece(value.map(textOf).join(itemSeparator))]);
  const items = value.map((item): Word => [piece(textOf(item))]);
  return glue === undefined ? [...(prefix === undefined ? [] : [before]), ...items] : items.flatMap(withPrefix);
}

/** `valueFrom` in place of a value. With `shellQuote: false` its own text is for the shell, and what inputs bring never is. */
function bound(binding: InputBinding, scope: Scope): Bound {
  const { valueFrom, shellQuote } = binding;
  if (valueFrom === undefined) return { value: scope.self };
  if (shellQuote !== false) return { value: evaluated(valueFrom, scope) };
  return { word: evaluatedParts(valueFrom, scope).map(({ value, isLiteral }) => ({ text: textOf(value), raw: isLiteral })) };
}

/** Position of an input: an expression may tell it, and one that comes to nothing is 0 (CWL 1.2, "CommandLineBinding"). */
function positionOf({ position = 0 }: InputBinding, scope: Scope): number | undefined {
  const value = typeof position === 'number' ? position : evaluated(position, scope);
  if (value === null || value === '') return 0;
  return Number.isInteger(Number(value)) ? Number(value) : undefined;
}

const isInFile = (binding: InputBinding | undefined): boolean => binding === undefined || binding.valueForm === 'parameterFile';

/**
 * The command line of one execution. `order` are the names of the inputs as the description has them, `parametersAt` is where the
 * parameter file will lie. An input that no binding names stands in that file, so that nothing that was given is lost. What a user gives
 * is a word, or part of one, and never read by a shell.
 */
export function commandOf(
  { command = [], inputBindings }: Pick<Container, 'command' | 'inputBindings'>,
  order: readonly string[],
  inputs: Readonly<Record<string, Value>>,
  parametersAt: string,
): Command | { faults: Fault[] } {
  const faults: Fault[] = [];
  const content: Record<string, unknown> = {};
  const placed: { position: number; place: number; words: Word[] }[] = [];
  const pathsPlaced = new Set<string>();
  for (const [place, name] of order.entries()) {
    const binding = Object.hasOwn(inputBindings, name) ? inputBindings[name] : undefined;
    const value = (Object.hasOwn(inputs, name) ? inputs[name] : null) ?? null;
    const scope: Scope = { self: value, inputs };
    if (value === null) continue;
    if (holdsNul(value)) faults.push({ pointer: `/inputs/${name}`, message: 'A character with the code 0 cannot be handed to a program.' });
    if (isInFile(binding)) content[name] = plain(binding?.valueFrom === undefined ? value : evaluated(binding.valueFrom, scope));
    if (binding === undefined) continue;
    const position = positionOf(binding, scope);
    if (position === undefined)
      faults.push({ pointer: `/inputs/${name}`, message: 'Its position on the command line comes to no whole number.' });
    const words = isInFile(binding) ? pathOnce(binding, parametersAt, pathsPlaced) : wordsOf(bound(binding, scope), binding);
    placed.push({ position: position ?? 0, place, words });
  }
  if (faults.length > 0) return { faults };
  const inOrder = placed.toSorted((a, b) => a.position - b.position || a.place - b.place).flatMap(({ words }) => words);
  const words = [...command.map((text): Word => [piece(text)]), ...inOrder];
  const isForShell = words.some((word) => word.some(({ raw }) => raw));
  return {
    words: isForShell ? ['/bin/sh', '-c', words.map(shellText).join(' ')] : words.map((word) => word.map(({ text }) => text).join('')),
    replacesEntryPoint: isForShell || command.length > 0,
    ...(Object.keys(content).length > 0 ? { parameters: { path: parametersAt, content } } : {}),
  };
}

/** The path of the parameter file in the place of what it holds: once for each prefix, and nowhere where a binding names no place. */
function pathOnce(binding: InputBinding, path: string, placed: Set<string>): Word[] {
  const { prefix, position } = binding;
  if ((prefix === undefined && position === undefined) || placed.has(prefix ?? '')) return [];
  placed.add(prefix ?? '');
  return wordsOf({ value: path }, binding);
}

const shellText = (word: Word): string => {
  const pieces = word.filter(({ text }) => text !== '');
  return pieces.length === 0 ? "''" : pieces.map(({ text, raw }) => (raw ? text : shellWord(text))).join('');
};

const holdsNul = (value: Value): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : isFile(value)
      ? value.path.includes('\0')
      : typeof value === 'object' && value !== null && Object.values(value).some((one) => holdsNul(one as Value));

/** Patterns by which each output is found; one that no binding names is a file of its name, with whatever extension. */
export function globsOf(
  { outputBindings }: Pick<Container, 'outputBindings'>,
  outputs: readonly string[],
  inputs: Readonly<Record<string, Value>>,
): Record<string, string[]> {
  const patterns = (name: string): string[] => {
    const binding = Object.hasOwn(outputBindings, name) ? outputBindings[name] : undefined;
    if (binding === undefined) return [name, `${name}.*`];
    return binding.glob.flatMap((glob) => [evaluated(glob, { self: null, inputs })].flat().map((one) => textOf(one)));
  };
  return Object.fromEntries(outputs.map((name) => [name, patterns(name).filter(isInside)]));
}

/** A pattern that may lead out of the folder of results finds nothing: an input's name may be part of it. */
export const isInside = (glob: string): boolean => glob !== '' && !glob.split('/').includes('..') && !glob.includes('\0');
