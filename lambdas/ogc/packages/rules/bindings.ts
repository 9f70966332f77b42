import * as z from 'zod';
import { InputBinding, OutputBinding, type Container } from '../../../platforms/packages/model.ts';
import { isInside } from '../../../platforms/packages/rules/command.ts';
import { expressionFault } from '../../../platforms/packages/rules/expressions.ts';
import { pointer, type Json, type Placed, type Reader } from './reader.ts';

const Glob = z.preprocess((given) => (given === undefined ? given : [given].flat()), OutputBinding.shape.glob);
/** What a binding may hold beside what is read of it: standards grow. */
const known = new Set(Object.keys(InputBinding.shape));

/** `inputSeparator` is what an example of Part 2 calls it. */
const renamed = ({ inputSeparator, ...binding }: Json): Json =>
  inputSeparator === undefined || 'itemSeparator' in binding ? binding : { ...binding, itemSeparator: inputSeparator };

/** How an input gets onto the command line, with every expression checked. */
export function inputBinding({ value, at }: Placed<Json>, inputs: ReadonlySet<string>, reader: Reader): InputBinding | undefined {
  const given = renamed(value);
  const strange = Object.keys(given).filter((name) => !known.has(name));
  for (const name of strange) reader.fault(pointer(at, name), `Bindings have no such member here, only: ${[...known].join(', ')}.`);
  const binding = reader.read(InputBinding, Object.fromEntries(Object.entries(given).filter(([name]) => known.has(name))), at);
  if (binding === undefined) return undefined;
  for (const name of ['valueFrom', 'position'] as const) {
    const text = binding[name];
    const wrong = typeof text === 'string' ? expressionFault(text, inputs, true) : undefined;
    if (wrong !== undefined) reader.fault(pointer(at, name), wrong);
  }
  return binding;
}

/** Where an output is found. */
export function outputBinding({ value, at }: Placed<Json>, inputs: ReadonlySet<string>, reader: Reader): OutputBinding | undefined {
  const glob = reader.read(Glob, value['glob'], pointer(at, 'glob'));
  for (const one of glob ?? []) {
    const wrong =
      expressionFault(one, inputs, false) ?? (isInside(one) ? undefined : 'A pattern may not lead out of the folder of results.');
    if (wrong !== undefined) reader.fault(pointer(at, 'glob'), wrong);
  }
  return glob && { glob };
}

/** A shell reads the whole command line, so that the package has to say what is run. */
export function shellFaults({ command, inputBindings }: Container, at: string, reader: Reader): void {
  const needsShell = Object.values(inputBindings).some(({ shellQuote }) => shellQuote === false);
  if (needsShell && command === undefined)
    reader.fault(
      pointer(at, 'config', 'command'),
      'A binding with shellQuote: false needs config.command: a shell takes the place of the entry point of the image, which is not known here.',
    );
}
