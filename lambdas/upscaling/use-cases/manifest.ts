import { chunkOf, chunkSize, type Job } from '../../dispatch/model.ts';
import type { Task } from '../model.ts';
import { manifestForms, rowOf, type ManifestFormat } from '../rules/manifest.ts';
import type { Deps } from './deps.ts';

/** Bytes of a page as the gateway gets it: as a JSON string. */
const mostBytes = 4_000_000;

interface Asked {
  format: ManifestFormat;
  /** Rows of a page, at most. */
  limit: number;
  /** Index of the first job; absent for the first page, which in CSV begins with the names of the columns. */
  from?: number | undefined;
  /** Base URL of the links to results. */
  api: string;
}

/**
 * A page of a task's manifest: a row for each of its jobs, in the order of their values. Pages put one after the other are the
 * whole. A page may have fewer rows than its limit where these would be over 4 MB.
 */
export async function readManifest(
  deps: Pick<Deps, 'core' | 'values'>,
  task: Task,
  { format, limit, from, api }: Asked,
): Promise<{ text: string; next?: number }> {
  const { head, line } = manifestForms[format];
  const lines: string[] = from === undefined ? [head] : [];
  let [rows, bytes] = [0, wireBytes(head)];
  for (let chunk = chunkOf(from ?? 0); chunk * chunkSize < task.total; chunk += 1) {
    const jobs = (await deps.core.jobs(task.taskId, chunk)).filter(({ index }) => index! >= (from ?? 0));
    const values = await longValues(deps, task, chunk, jobs);
    for (const job of jobs) {
      const text = line(rowOf(job, job.value ?? values(job.index!), api));
      const size = wireBytes(text);
      if (rows === limit || (rows > 0 && bytes + size > mostBytes)) return { text: lines.join(''), next: job.index! };
      lines.push(text);
      rows += 1;
      bytes += size;
    }
  }
  return { text: lines.join('') };
}

const wireBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** Values that are too long to stand in their jobs, as JSON, from the file of values; read only where there is one. */
async function longValues(
  deps: Pick<Deps, 'values'>,
  task: Task,
  chunk: number,
  jobs: readonly Job[],
): Promise<(index: number) => string | undefined> {
  if (jobs.every(({ value }) => value !== undefined)) return () => undefined;
  const values = await deps.values.read(task.owner, task.taskId, task.offsets[chunk]!, task.offsets[chunk + 1]!);
  return (index) => JSON.stringify(values[index % chunkSize]);
}
