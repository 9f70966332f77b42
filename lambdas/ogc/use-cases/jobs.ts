import { isFinal, type Job, type Wanted } from '../../dispatch/model.ts';
import { Problem } from '../../shared/problem.ts';
import type { StatusInfo } from '../model.ts';
import { jobFilter, readDatetime, type JobQuery } from '../rules/job-filter.ts';
import { logLine } from '../rules/runlog.ts';
import { processId } from '../rules/process-id.ts';
import { outputsOf, writeOne, writeResults, type Output, type Written } from '../rules/results.ts';
import { statusInfo } from '../rules/status.ts';
import type { Deps } from './deps.ts';

/** What this door calls a job's process. */
export const namer = async ({
  catalogue,
}: {
  catalogue: Pick<Deps['catalogue'], 'platforms'>;
}): Promise<(job: Pick<Job, 'platformId' | 'process' | 'deployed'>) => string> => {
  const platforms = await catalogue.platforms();
  return (job) =>
    job.deployed ??
    processId(
      platforms.find(({ id }) => id === job.platformId),
      job.platformId,
      job.process,
    );
};

/** What this door tells of a job. */
export const tell = async (deps: Pick<Deps, 'catalogue' | 'url'>, job: Job): Promise<StatusInfo> =>
  statusInfo(job, (await namer(deps))(job), deps.url);

/** A page of the owner's jobs, newest first, whichever door made them; for administrators also everybody's (`owner: '*'`) or another's. */
export async function listJobs(
  deps: Pick<Deps, 'catalogue' | 'jobs' | 'clock' | 'url'>,
  caller: { userId: string; isAdministrator: boolean },
  { limit, cursor, owner = caller.userId, ...query }: JobQuery & { limit: number; cursor?: string | undefined; owner?: string | undefined },
): Promise<{ jobs: StatusInfo[]; cursor?: string }> {
  if (query.datetime !== undefined && readDatetime(query.datetime) === undefined)
    throw new Problem(422, 'VALIDATION_ERROR', 'The parameters have faults.', {
      errors: [
        {
          pointer: 'datetime',
          message: 'Must be a time such as 2026-03-01T00:00:00Z, or an interval of two such as 2026-03-01T00:00:00Z/.. .',
        },
      ],
    });
  if (owner !== caller.userId && !caller.isAdministrator)
    throw new Problem(403, 'FORBIDDEN', 'Only administrators list the jobs of others: leave out the parameter owner.');
  const idOf = await namer(deps);
  const filter = { accepts: jobFilter(query, idOf, deps.clock.now()) };
  const page = await (owner === '*' ? deps.jobs.listAll(filter, limit, cursor) : deps.jobs.list(owner, filter, limit, cursor));
  return {
    jobs: page.items.map((job) => ({ ...statusInfo(job, idOf(job), deps.url), ...(owner === '*' ? { owner: job.owner } : {}) })),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  };
}

export const showJob = async (deps: Pick<Deps, 'catalogue' | 'jobs' | 'url'>, owner: string, jobId: string): Promise<StatusInfo> =>
  tell(deps, await deps.jobs.look(owner, jobId));

/**
 * Dismisses an unfinished job; removes one that is over, with its results (the draft of 2.0, 14.2). A job that its platform has not let
 * go yet stays until it has, however often it is dismissed.
 */
export async function dismissJob(deps: Pick<Deps, 'catalogue' | 'jobs' | 'url'>, owner: string, jobId: string): Promise<StatusInfo> {
  const job = await deps.jobs.look(owner, jobId);
  if (!isFinal(job.status)) return tell(deps, await deps.jobs.cancel(job));
  await deps.jobs.remove(job);
  const { links, ...told } = await tell(deps, job);
  return { ...told, status: 'dismissed', message: 'The job and its results are removed.', links: links.filter(({ rel }) => rel === 'up') };
}

interface Read {
  outputs: Output[];
  wanted: Wanted;
  results: string;
}

/** The outputs of a job; with `known` links, those that its platform signs for a while lead to this door instead. */
export async function readOutputs(
  deps: { catalogue: Pick<Deps['catalogue'], 'platforms' | 'describe'>; jobs: Pick<Deps['jobs'], 'results' | 'spec'>; url: string },
  job: Job,
  links?: 'known',
): Promise<Read> {
  const results = `${deps.url}/jobs/${job.jobId}/results`;
  const [item, spec, platforms] = await Promise.all([
    deps.jobs.results(job, results, links),
    deps.jobs.spec(job),
    deps.catalogue.platforms(),
  ]);
  for (const [name, asset] of Object.entries(item.assets))
    if (links === 'known' && asset['swath:signed']) asset.href = `${results}/${encodeURIComponent(name)}`;
  const platform = platforms.find(({ id }) => id === job.platformId);
  const read = platform && (await deps.catalogue.describe(platform, job.process));
  const described = (read?.kind === 'found' ? read.value.outputs : undefined) ?? [];
  const wanted = spec?.wanted ?? {};
  const all = outputsOf(item, wanted.outputs, described);
  // Beside the outputs of a synchronous call the core keeps its answer as a whole.
  const isWhole = ({ name }: Output) => job.sync === true && name === 'answer' && !described.some((one) => one.name === name);
  return { outputs: all.filter((output) => !isWhole(output)), wanted, results };
}

/** The results of a job in the form that its execution asked for. */
export async function showResults(deps: Pick<Deps, 'catalogue' | 'jobs' | 'url'>, job: Job): Promise<Written> {
  const { outputs, wanted, results } = await readOutputs(deps, job);
  // The job's id is in no output by accident.
  return writeResults(outputs, wanted, results, `swath-${job.jobId}`);
}

/** One output of a job by its name. */
export async function showOutput(
  deps: Pick<Deps, 'catalogue' | 'jobs' | 'url'>,
  owner: string,
  jobId: string,
  name: string,
): Promise<Written> {
  const { outputs } = await readOutputs(deps, await deps.jobs.look(owner, jobId));
  const output = outputs.find((one) => one.name === name);
  if (output !== undefined) return writeOne(output);
  const names = outputs.map((one) => one.name).join(', ');
  throw new Problem(404, 'OUTPUT_NOT_FOUND', `The job has no output ${name.slice(0, 200)}${names === '' ? '.' : `, only: ${names}.`}`);
}

/** Entries of a log that one answer has at the most. */
const mostEntries = 1000;

/** What is known of a job's course until now, a line for each entry. */
export async function showRunlog(deps: Pick<Deps, 'jobs' | 'url'>, owner: string, jobId: string): Promise<string> {
  const job = await deps.jobs.look(owner, jobId);
  const { items, cursor } = await deps.jobs.logs(job, mostEntries);
  const rest = cursor === undefined ? '' : `There is more: ${deps.url}/unit_jobs/${jobId}/logs?cursor=${encodeURIComponent(cursor)}\n`;
  return items.map(logLine).join('') + rest;
}
