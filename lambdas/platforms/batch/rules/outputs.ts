import type { PlatformOutput, ProcessOutput } from '../../../platforms/ports.ts';
import { resultsPrefix } from '../model.ts';

/** A file of a job's results, as its list tells it. */
export interface ResultFile {
  output: string;
  /** Below the job's folder: a number and an ending. */
  file: string;
  bytes: number;
  /** What the application called it, from the folder of results on. */
  path: string;
}

const name = /^\d{1,4}\.[A-Za-z0-9]{1,10}$/;
/** Largest value that is told by itself; larger ones are files. */
export const mostValue = 64 * 1024;

export const jobFolder = (jobId: string): string => `${resultsPrefix}${jobId}/`;
export const listKey = (jobId: string): string => `${jobFolder(jobId)}outputs`;

/** The list that the last container of a job wrote; lines that are none are left out. */
export function resultFiles(list: string): ResultFile[] {
  return list.split('\n').flatMap((line) => {
    const [output, file, bytes, path] = line.split('\t');
    if (output === undefined || file === undefined || path === undefined || !name.test(file)) return [];
    return [{ output: decodeURIComponent(output), file, bytes: Number(bytes), path: Buffer.from(path, 'base64').toString() }];
  });
}

/** Media types by endings, where a description says nothing. */
const types: Readonly<Record<string, string>> = {
  tif: 'image/tiff',
  tiff: 'image/tiff',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  jp2: 'image/jp2',
  json: 'application/json',
  geojson: 'application/geo+json',
  nc: 'application/x-netcdf',
  h5: 'application/x-hdf5',
  gpkg: 'application/geopackage+sqlite3',
  parquet: 'application/vnd.apache.parquet',
  zip: 'application/zip',
  xml: 'application/xml',
  csv: 'text/csv',
  txt: 'text/plain',
  html: 'text/html',
};

const literal = new Set(['number', 'integer', 'boolean', 'array', 'object', 'string']);

/** Whether an output is described as a value and not as a file. */
const isValue = ({ schema }: ProcessOutput): boolean =>
  literal.has(String(schema['type'])) && schema['contentMediaType'] === undefined && schema['contentEncoding'] === undefined;

/** The file whose content is the value of an output, where there is one. */
export const valueFiles = (files: readonly ResultFile[], described: readonly ProcessOutput[]): ResultFile[] =>
  files.filter(({ output, bytes }) => {
    const description = described.find((one) => one.name === output);
    const alone = files.filter((one) => one.output === output).length === 1;
    return description !== undefined && alone && bytes <= mostValue && isValue(description);
  });

/** A text as the value that its description announces; undefined for one that it is not. */
function valueOf(text: string, { schema }: ProcessOutput): { value: unknown } | undefined {
  if (schema['type'] === 'string') return { value: text.replace(/\r?\n$/, '') };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The outputs of a job. The second and later files of one output bear its name and a number. */
export function outputsOf(
  jobId: string,
  bucket: string,
  files: readonly ResultFile[],
  texts: ReadonlyMap<string, string>,
  described: readonly ProcessOutput[],
): PlatformOutput[] {
  const counts = new Map<string, number>();
  return files.map(({ output, file, path }): PlatformOutput => {
    const count = (counts.get(output) ?? 0) + 1;
    counts.set(output, count);
    const description = described.find((one) => one.name === output);
    const text = texts.get(file);
    const value = text === undefined || description === undefined ? undefined : valueOf(text, description);
    if (value !== undefined) return { name: output, value: value.value };
    const announced = description?.schema['contentMediaType'];
    const ending = file.slice(file.indexOf('.') + 1).toLowerCase();
    const type = typeof announced === 'string' ? announced : Object.hasOwn(types, ending) ? types[ending] : undefined;
    return {
      name: count === 1 ? output : `${output}-${count}`,
      href: `s3://${bucket}/${jobFolder(jobId)}${file}`,
      title: path,
      ...(type === undefined ? {} : { type }),
    };
  });
}
