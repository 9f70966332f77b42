import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import { api, type ApiAnswer } from './local.ts';
import { until } from './until.ts';

export interface ErrorBody {
  error_code: string;
  message: string;
  details: { errors: { pointer: string; message: string }[] } | null;
}

let made = 0;
/** A title that no other job has. */
export const aTitle = (about: string): string => `${about} ${process.pid}-${Date.now()}-${(made += 1)}`;

export interface JobWish {
  as?: string;
  platform?: string;
  application?: string;
  title?: string;
  parameters?: Record<string, unknown>;
  prefer?: string;
  label?: 'openeo' | 'ogc_api_process';
  /** What becomes of the files of its results. */
  results?: 'reference' | 'copy';
  /** Idempotency-Key */
  key?: string;
}

/** The body of a job request that is in order. */
export const jobBody = ({
  platform = 'builtin',
  application = 'echo',
  title = aTitle('job'),
  parameters = {},
  label = 'ogc_api_process',
  results,
}: JobWish = {}) => ({
  title,
  label,
  service: { endpoint: platform, application },
  parameters,
  format: 'json',
  ...(results === undefined ? {} : { results }),
});

/** Sends a job request, as alice unless said. */
export const post = (wish: JobWish = {}): Promise<ApiAnswer<JobDetail>> =>
  api<JobDetail>('POST', '/unit_jobs', {
    as: wish.as ?? 'alice',
    body: jobBody(wish),
    headers: { ...(wish.prefer ? { prefer: wish.prefer } : {}), ...(wish.key === undefined ? {} : { 'idempotency-key': wish.key }) },
  });

/** A job that was accepted. */
export async function aJob(wish: JobWish = {}): Promise<JobDetail> {
  const { status, body } = await post(wish);
  if (status !== 201) throw new Error(`POST /unit_jobs answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** A job on a fake platform, which runs for so many seconds there; answered at once. */
export const aFakeJob = (platform: string, title: string, inputs: Record<string, unknown> = {}): Promise<JobDetail> =>
  aJob({ platform, application: 'anything', title, parameters: { title, ...inputs }, prefer: 'respond-async' });

export async function getJob(id: string, as = 'alice'): Promise<JobDetail> {
  const { status, body } = await api<JobDetail>('GET', `/unit_jobs/${id}`, { as });
  if (status !== 200) throw new Error(`GET /unit_jobs/${id} answered ${status}`);
  return body;
}

/** How long, and as whom: alice unless said. */
type Wait = Parameters<typeof until>[2] & { as?: string };

/** Waits until the job is as asked, and answers it. */
export const untilJob = (id: string, what: string, isSo: (job: JobDetail) => boolean, { as, ...more }: Wait = {}): Promise<JobDetail> => {
  let seen: JobDetail | undefined;
  return until(`job ${id} ${what}`, async () => ((seen = await getJob(id, as)) && isSo(seen) ? seen : undefined), more).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}; last seen: ${JSON.stringify(seen).slice(0, 1000)}`);
    },
  );
};

const finals = ['finished', 'failed', 'canceled'];
/** Waits for the end of a job, whichever it is. */
export const ended = (id: string, more: Wait = {}): Promise<JobDetail> => untilJob(id, 'ended', (job) => finals.includes(job.status), more);

/** Waits until the results of a job can be fetched. */
export const collected = (id: string): Promise<JobDetail> => untilJob(id, 'has results', (job) => job.resultsReady);
