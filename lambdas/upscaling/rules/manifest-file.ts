import { unkeepable } from '../../shared/keepable.ts';
import type { Fault } from '../../shared/problem.ts';
import { mostValues } from '../model.ts';
import { mostNamed, repetitions } from './dimension.ts';

/** A file of more bytes is not read. */
export const mostBytes = 32 * 1024 * 1024;

const pointer = '/dimension/manifest';

/** A value of a file and where it stands: in line or at place `at`, counted from 1. */
type Entry = { at: number } & ({ value: unknown } | { fault: string });

/** The values in a file that somebody has brought. They are read anew each time they are gone through: a file is smaller than its values. */
export interface ManifestFile {
  /** How a place is called. */
  what: 'line' | 'value';
  entries(): Iterable<Entry>;
}

/** A file is one JSON array, unless its name says JSON Lines or it is no such array. */
export function manifestFile(name: string, bytes: Uint8Array): ManifestFile {
  const array = /\.(?:jsonl|ndjson)$/i.test(name) ? undefined : arrayIn(bytes);
  if (array === undefined) return { what: 'line', entries: () => lines(bytes) };
  return { what: 'value', entries: () => array.values().map((value, index) => ({ at: index + 1, value })) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes); // without a byte order mark
  } catch {
    return undefined;
  }
};

function arrayIn(bytes: Uint8Array): unknown[] | undefined {
  const text = decode(bytes);
  if (text === undefined || !text.trimStart().startsWith('[')) return undefined;
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return undefined;
  }
}

const newline = 10;
function* lines(bytes: Uint8Array): Generator<Entry> {
  for (let [from, at] = [0, 1]; from < bytes.length; at += 1) {
    const end = bytes.indexOf(newline, from);
    const line = decode(bytes.subarray(from, end === -1 ? bytes.length : end));
    from = end === -1 ? bytes.length : end + 1;
    if (line === undefined) yield { at, fault: 'This is not UTF-8.' };
    else if (line.trim() !== '') yield { at, ...parse(line) };
  }
}

function parse(line: string): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(line) as unknown };
  } catch (error) {
    return { fault: `This is not JSON: ${(error as Error).message}.` };
  }
}

/** What is wrong with the values of a file, as it would be with values in the request. The first faults are named. */
export function manifestFaults({ what, entries }: ManifestFile, duplicates: boolean): Fault[] {
  const repeated = duplicates ? () => undefined : repetitions(what);
  const faults: Fault[] = [];
  let count = 0;
  for (const entry of entries()) {
    count += 1;
    const tooMany = count > mostValues ? `A task has at most ${mostValues.toLocaleString('en')} values.` : undefined;
    const fault = tooMany ?? ('fault' in entry ? entry.fault : (unkeepable(entry.value)?.message ?? repeated(entry.value, entry.at)));
    if (fault !== undefined) faults.push(atPlace(what, entry.at, fault));
    if (tooMany !== undefined || faults.length === mostNamed) break;
  }
  return count === 0 ? [{ pointer, message: 'The file has no values.' }] : faults;
}

/** A fault of the value at a place of the file. */
export const atPlace = (what: string, at: number, message: string): Fault => ({
  pointer,
  message: `${what[0]!.toUpperCase()}${what.slice(1)} ${at}: ${message}`,
});
