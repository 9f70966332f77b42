import type { Wanted } from '../../dispatch/model.ts';
import type { ProcessOutput } from '../../platforms/ports.ts';
import type { ResultItem } from '../model.ts';

/** One output of a job: by value, or by reference where it is a file. */
export type Output = { name: string; mediaType?: string } & ({ value: unknown } | { href: string; title?: string });

/** What an HTTP answer is made of. */
export interface Written {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

const json = 'application/json';
const textOf = (value: unknown): value is string => typeof value === 'string';

/** The outputs of a job, those that were wanted in the order in which they were. */
export function outputsOf(item: ResultItem, wanted: Wanted['outputs'], described: readonly ProcessOutput[] = []): Output[] {
  const values = Object.entries((item.properties['swath:outputs'] ?? {}) as Record<string, unknown>);
  const all: Output[] = [
    ...Object.entries(item.assets).map(([name, { href, type, title }]) => ({
      name,
      href,
      ...(type === undefined ? {} : { mediaType: type }),
      ...(title === undefined ? {} : { title }),
    })),
    ...values.map(([name, value]) => {
      const mediaType = described.find((one) => one.name === name)?.schema['contentMediaType'];
      return { name, value, ...(textOf(mediaType) && textOf(value) ? { mediaType } : {}) };
    }),
  ];
  if (wanted === undefined) return all;
  return Object.keys(wanted).flatMap((name) => all.find((output) => output.name === name) ?? []);
}

const link = ({ href, mediaType, title }: { href: string; mediaType?: string; title?: string }) => ({
  href,
  ...(mediaType === undefined ? {} : { type: mediaType }),
  ...(title === undefined ? {} : { title }),
});

/** An output in a results document (Part 1, `inlineOrRefData.yaml`): an object by value is wrapped, since a bare one could be anything. */
function inDocument(output: Output, byReference: string | undefined): unknown {
  if ('href' in output) return link(output);
  if (byReference !== undefined) return link({ href: byReference, mediaType: output.mediaType ?? json });
  const { value, mediaType } = output;
  if (mediaType !== undefined) return { value, mediaType };
  return typeof value === 'object' && !Array.isArray(value) ? { value } : value;
}

/** The body of one output by value, in its own media type. */
const bodyOf = (output: { value: unknown; mediaType?: string }): { type: string; text: string } =>
  textOf(output.value) && output.mediaType !== undefined && output.mediaType !== json
    ? { type: output.mediaType, text: output.value }
    : { type: json, text: JSON.stringify(output.value) };

/** One output alone. A file is not passed through: whoever wants it is led to where it lies (303, RFC 9110, 15.4.4). */
export function writeOne(output: Output): Written {
  if ('href' in output) return { status: 303, headers: { location: output.href } };
  const { type, text } = bodyOf(output);
  return { status: 200, headers: { 'content-type': type }, body: text };
}

/** RFC 8288; a quote in a name would end it. */
const header = (href: string, name: string, mediaType: string | undefined): string =>
  `<${href.replaceAll('>', '%3E')}>; rel="${name.replaceAll(/["\\\r\n]/g, '')}"${mediaType === undefined ? '' : `; type="${mediaType}"`}`;

/** RFC 2387: a part for each output; one by reference has no body and says where it is (RFC 2557, 4). */
function multipart(outputs: readonly Output[], isLink: (output: Output) => string | undefined, boundary: string): Written {
  const parts = outputs.map((output) => {
    const lines = [`Content-ID: <${encodeURIComponent(output.name)}>`];
    const href = isLink(output);
    if (href !== undefined || !('value' in output)) {
      if (output.mediaType !== undefined) lines.unshift(`Content-Type: ${output.mediaType}`);
      return [...lines, `Content-Location: ${href}`, '', ''].join('\r\n');
    }
    const { type, text } = bodyOf(output);
    return [`Content-Type: ${type}`, ...lines, '', text].join('\r\n');
  });
  const body = `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
  return { status: 200, headers: { 'content-type': `multipart/related; boundary=${boundary}` }, body };
}

/** Bytes of results that a call tells by value; what is larger is told by reference. */
export const largestBody = 256 * 1024;

/** A results document as text; one that is too large has links in place of its values. */
export function resultsBody(outputs: readonly Output[], results: string, most: number): string {
  const alone = ({ name }: Output): string => `${results}/${encodeURIComponent(name)}`;
  const written = (byReference: boolean) =>
    JSON.stringify(Object.fromEntries(outputs.map((output) => [output.name, inDocument(output, byReference ? alone(output) : undefined)])));
  const byValue = written(false);
  return Buffer.byteLength(byValue) <= most ? byValue : written(true);
}

/**
 * Outputs in the form that was asked for (Part 1, Table 11): `raw` or a document, each by value or by reference. `results` is the URL
 * below which each output stands alone; files are by reference always.
 */
export function writeResults(outputs: readonly Output[], wanted: Wanted, results: string, boundary: string): Written {
  const alone = ({ name }: Output): string => `${results}/${encodeURIComponent(name)}`;
  const asked = (output: Output) => wanted.outputs?.[output.name]?.transmission === 'reference';
  const isLink = (output: Output): string | undefined => ('href' in output ? output.href : asked(output) ? alone(output) : undefined);
  if (wanted.response === 'document') {
    const entries = outputs.map((output) => [output.name, inDocument(output, asked(output) ? alone(output) : undefined)]);
    return { status: 200, headers: { 'content-type': json }, body: Object.fromEntries(entries) as unknown };
  }
  if (outputs.length === 0) return { status: 204 };
  if (outputs.every(asked)) {
    const links = outputs.map((output) => header(isLink(output)!, output.name, output.mediaType));
    return { status: 204, headers: { link: links.join(', ') } };
  }
  return outputs.length === 1 ? writeOne(outputs[0]!) : multipart(outputs, isLink, boundary);
}
