import type { PlatformNews } from '../../../platforms/ports.ts';
import { containerNames, type BatchJob } from '../model.ts';

/** Why a job of ours was stopped, as AWS Batch then tells it. */
export const stopReason = 'Stopped by its owner.';

/** States of a job ("Job states"). */
const phases: Readonly<Record<string, PlatformNews['phase']>> = {
  SUBMITTED: 'queued',
  PENDING: 'queued',
  RUNNABLE: 'queued',
  STARTING: 'queued',
  RUNNING: 'running',
  SUCCEEDED: 'successful',
  FAILED: 'failed',
};

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Why it failed: the first of its containers that did, in the order in which they run, and what AWS Batch says of it. */
function whyFailed({ containers, statusReason }: BatchJob): string {
  const code = (name: string) => containers.find((one) => one.name === name)?.exitCode;
  const { stageIn, application, stageOut } = containerNames;
  const told = [stageIn, application, stageOut].find((name) => (code(name) ?? 0) !== 0);
  const first = {
    [stageIn]: 'Its inputs could not be fetched; the log says which.',
    [application]: `Its program ended with exit code ${code(application)}.`,
    [stageOut]: 'Its program ended well, but what its outputs are to hold was not found, or could not be stored; the log says what.',
  };
  const reasons = containers.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${sentence(reason)}`]));
  // That an essential container ended is how every job ends whose containers ran.
  const overall = statusReason === undefined || /^Essential container/i.test(statusReason) ? [] : [sentence(statusReason)];
  const all = [...(told === undefined ? [] : [first[told]]), ...overall, ...reasons];
  return all.length === 0 ? 'The container failed and gave no reason.' : all.join(' ');
}

/** What a job's state means. The last container ends well also after an application that did not: its exit code counts. */
export function newsOf(job: BatchJob): PlatformNews {
  const { jobId: platformJobId, status: raw, statusReason } = job;
  const phase = Object.hasOwn(phases, raw) ? phases[raw] : undefined;
  const exitCode = job.containers.find(({ name }) => name === containerNames.application)?.exitCode ?? 0;
  if (phase === 'failed' && statusReason === stopReason) return { platformJobId, raw, phase: 'dismissed' };
  if (phase === 'failed' || (phase === 'successful' && exitCode !== 0))
    return { platformJobId, raw, phase: 'failed', message: whyFailed(job) };
  return { platformJobId, raw, ...(phase === undefined ? {} : { phase }) };
}
