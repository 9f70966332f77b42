import { ranks, type JobStatus } from '../model.ts';

/** Who may change a status: the owner, a submitter, the poller (news from a platform). */
export type Actor = 'owner' | 'submitter' | 'poller';

/**
 * Every allowed change of status. A row that is not here does not happen; tests walk the table. Final is final within an
 * incarnation: only the rows that begin a new one (`anew`) leave it.
 */
export const transitions: readonly { from: JobStatus; to: JobStatus; by: Actor; why: string; anew?: true }[] = [
  { from: 'queued', to: 'submitting', by: 'submitter', why: 'claimed' },
  { from: 'queued', to: 'dismissed', by: 'owner', why: 'cancelled before anything was sent' },
  { from: 'queued', to: 'submitted', by: 'poller', why: 'found running on the platform by the audit' },
  { from: 'submitting', to: 'submitting', by: 'submitter', why: 'recovered under a new epoch, or a new intent' },
  { from: 'submitting', to: 'submitted', by: 'submitter', why: 'fenced and committed' },
  { from: 'submitting', to: 'queued', by: 'submitter', why: 'put back: capacity, a technical failure, an outcome that is unknown' },
  { from: 'submitting', to: 'failed', by: 'submitter', why: 'refused by the platform, or five technical failures' },
  { from: 'submitting', to: 'dismissed', by: 'submitter', why: 'cancelled while submitting' },
  { from: 'submitting', to: 'running', by: 'submitter', why: 'a synchronous call begins' },
  { from: 'running', to: 'queued', by: 'submitter', why: 'a synchronous call was refused for capacity, or never arrived' },
  { from: 'running', to: 'successful', by: 'submitter', why: 'a synchronous call was answered' },
  { from: 'running', to: 'failed', by: 'submitter', why: 'a synchronous call was refused, or its answer lost' },
  { from: 'running', to: 'dismissed', by: 'submitter', why: 'cancelled during a synchronous call' },
  { from: 'submitted', to: 'submitted', by: 'submitter', why: 'recovered under a new epoch; a start that is sent again' },
  { from: 'submitted', to: 'queued', by: 'submitter', why: 'the start was refused for capacity' },
  { from: 'submitted', to: 'failed', by: 'submitter', why: 'the start was refused' },
  { from: 'submitted', to: 'dismissed', by: 'submitter', why: 'cancelled' },
  { from: 'queued', to: 'queued', by: 'poller', why: 'what a dead worker may still claim is fenced off' },
  { from: 'queued', to: 'failed', by: 'poller', why: 'its platform is removed before anything was sent' },
  { from: 'submitted', to: 'submitted', by: 'poller', why: 'other words, other progress; fenced off at its deadline' },
  { from: 'submitted', to: 'running', by: 'poller', why: 'the platform says so' },
  { from: 'submitted', to: 'successful', by: 'poller', why: 'the platform says so' },
  { from: 'submitted', to: 'failed', by: 'poller', why: 'the platform says so, forgot the job, or its deadline is over' },
  { from: 'submitted', to: 'dismissed', by: 'poller', why: 'the platform says so' },
  { from: 'running', to: 'running', by: 'poller', why: 'other words, other progress; fenced off at its deadline' },
  { from: 'running', to: 'successful', by: 'poller', why: 'the platform says so' },
  { from: 'running', to: 'failed', by: 'poller', why: 'the platform says so, forgot the job, or its deadline is over' },
  { from: 'running', to: 'dismissed', by: 'poller', why: 'the platform says so' },
  { from: 'failed', to: 'queued', by: 'owner', why: 'retried', anew: true },
  { from: 'dismissed', to: 'queued', by: 'owner', why: 'retried', anew: true },
  { from: 'queued', to: 'queued', by: 'owner', why: 'retried, though nobody can tell whether it was sent', anew: true },
];

/** `anew`: with this change a new incarnation begins. */
export const mayChange = (from: JobStatus, to: JobStatus, by: Actor, anew: boolean): boolean =>
  transitions.some((row) => row.from === from && row.to === to && row.by === by && (row.anew ?? false) === anew);

/** The attributes that say a status; `rank` is stored beside it because conditions compare it. */
export const as = (status: JobStatus) => ({ status, rank: ranks[status] });
