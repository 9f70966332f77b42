import { nativeStatus, type Job } from '../../dispatch/model.ts';

/** A longer value (characters of JSON) is left out of a manifest: the job itself has it. */
const longestValue = 64 * 1024;

/** One job in the manifest of its task. Absent is absent. */
interface ManifestRow {
  index: number;
  id: string;
  /** The job's own value of the task's dimension. */
  value?: unknown;
  status: string;
  message?: string;
  platformJobId?: string;
  created: string;
  finished?: string;
  /** Only once the results can be fetched. */
  results?: string;
}
const columns = [
  'index',
  'id',
  'value',
  'status',
  'message',
  'platformJobId',
  'created',
  'finished',
  'results',
] as const satisfies (keyof ManifestRow)[];

/** `api`: base URL of the interface that hands out results. `value`: JSON of the job's value. */
export const rowOf = (job: Job, value: string | undefined, api: string): ManifestRow => ({
  index: job.index!,
  id: job.jobId,
  ...(value === undefined || value.length > longestValue ? {} : { value: JSON.parse(value) as unknown }),
  status: nativeStatus[job.status],
  ...(job.message === undefined ? {} : { message: job.message }),
  ...(job.platformJobId === undefined ? {} : { platformJobId: job.platformJobId }),
  created: job.created,
  ...(job.finished === undefined ? {} : { finished: job.finished }),
  ...(job.resultsAt === undefined ? {} : { results: `${api}/unit_jobs/${job.jobId}/results` }),
});

/** What spreadsheets take for the beginning of a formula, also in its full-width form. */
const formula = /^[\s]*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** A field of RFC 4180. Text that a spreadsheet would run stands behind an apostrophe; what is no text is written as JSON. */
function field(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value !== 'string' ? JSON.stringify(value) : formula.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** How a manifest is written: its media type, what stands before the first row, and a row. */
export const manifestForms = {
  jsonl: { contentType: 'application/x-ndjson', head: '', line: (row: ManifestRow): string => `${JSON.stringify(row)}\n` },
  csv: {
    contentType: 'text/csv; charset=utf-8',
    head: `${columns.join()}\r\n`,
    line: (row: ManifestRow): string => `${columns.map((column) => field(row[column])).join()}\r\n`,
  },
} as const;
export type ManifestFormat = keyof typeof manifestForms;
