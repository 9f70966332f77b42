import { Problem } from '../../shared/problem.ts';
import type { Job, JobOrder, RequestRecord } from '../model.ts';
import { expiresAt, stillCounts } from '../rules/requests.ts';
import { jobFolder } from '../rules/stac.ts';
import { announce, createJob, prepareJob, type How } from './create-job.ts';
import type { Deps } from './deps.ts';
import type { Find } from './service.ts';

/** How a request is known that is to make one job, however often it is sent: hashes of the client's key and of what it asks for. */
interface Asked {
  key: string;
  fingerprint: string;
}

/**
 * Accepts a job once: the same request, sent again within a week, gives the job that the first one made, as it is now.
 * Of two that come at the same moment the transaction lets one create; the other then finds its record.
 */
export async function createJobOnce(
  deps: Deps,
  owner: string,
  request: JobOrder,
  find: Find,
  asked: Asked | undefined,
  how: How = 'async',
): Promise<{ job: Job; replayed: boolean }> {
  if (asked === undefined) return { job: await createJob(deps, owner, request, find, how), replayed: false };
  const now = deps.clock.now();
  const known = await deps.jobs.request(owner, asked.key);
  if (known !== undefined && stillCounts(known, now)) return { job: await jobOf(deps, known, asked), replayed: true };

  const { job, spec } = await prepareJob(deps, owner, request, find, how);
  await announce(deps, job);
  const record: RequestRecord = { owner, ...asked, jobId: job.jobId, created: job.created, expires: expiresAt(job.created) };
  if (await deps.jobs.create(job, spec, record)) return { job, replayed: false };
  const first = await deps.jobs.request(owner, asked.key);
  if (first === undefined) throw new Error('REQUEST_GONE: the record that refused a job is not there');
  // A repeated write of ours that had taken effect before its answer was lost.
  if (first.jobId === job.jobId) return { job, replayed: false };
  await deps.workspace.remove(owner, jobFolder(job.jobId)); // large parameters are written ahead of the job
  return { job: await jobOf(deps, first, asked), replayed: true };
}

async function jobOf(deps: Pick<Deps, 'jobs'>, record: RequestRecord, { fingerprint }: Asked): Promise<Job> {
  if (record.fingerprint !== fingerprint)
    throw new Problem(422, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key belongs to another request: take a new key for a new request.');
  const job = await deps.jobs.get(record.jobId);
  if (job === undefined)
    throw new Problem(
      404,
      'JOB_NOT_FOUND',
      `This request made job ${record.jobId}, which was deleted since. Take a new Idempotency-Key to run it again.`,
    );
  return job;
}
