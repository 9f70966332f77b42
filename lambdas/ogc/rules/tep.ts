import type { Execute, TepExecute } from '../model.ts';

type Entry = TepExecute['inputs'] extends infer Inputs | undefined ? Extract<Inputs, readonly unknown[]>[number] : never;

/** What stands beside the id of an input: a value, a link, a box. Older clients wrap it in `input`. */
function valueOf(entry: Entry): unknown {
  if (entry.input !== undefined) return entry.input;
  const rest = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'id' && name !== 'input'));
  if (!('value' in rest)) return rest;
  return Object.keys(rest).length === 1 && (typeof rest['value'] !== 'object' || Array.isArray(rest['value'])) ? rest['value'] : rest;
}

/** Inputs by name; an id that comes several times has several values. */
function inputsOf(inputs: TepExecute['inputs']): Execute['inputs'] {
  if (!Array.isArray(inputs)) return inputs ?? {};
  const byName = new Map<string, unknown[]>();
  for (const entry of inputs) byName.set(entry.id, [...(byName.get(entry.id) ?? []), valueOf(entry)]);
  return Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

function outputsOf(outputs: TepExecute['outputs']): Execute['outputs'] {
  if (!Array.isArray(outputs)) return outputs;
  return Object.fromEntries(
    outputs.map(({ id, format, transmissionMode }) => {
      const mediaType = format?.mediaType ?? format?.mimeType;
      return [
        id,
        { ...(mediaType === undefined ? {} : { format: { mediaType } }), ...(transmissionMode === undefined ? {} : { transmissionMode }) },
      ];
    }),
  );
}

/** A request in the TEP design's own dialect as the standard has it; `mode` goes before `Prefer`. */
export function fromTep(body: TepExecute, prefer: { wait?: number; respondAsync: boolean }): { execute: Execute; prefer: typeof prefer } {
  const { inputs, outputs, response, subscriber, mode } = body;
  const wanted = outputsOf(outputs);
  return {
    execute: {
      inputs: inputsOf(inputs),
      ...(wanted === undefined ? {} : { outputs: wanted }),
      ...(response === undefined ? {} : { response }),
      ...(subscriber === undefined ? {} : { subscriber }),
    },
    prefer: { ...prefer, respondAsync: mode === 'async' || (mode !== 'sync' && prefer.respondAsync) },
  };
}
