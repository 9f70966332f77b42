import { chunkSize } from '../../dispatch/model.ts';
import type { Task } from '../model.ts';
import type { Family } from '../ports.ts';

/** What all jobs of a task have in common. */
export const familyOf = ({ taskId, owner, laneId, platformId, process, title, label, deadline, onAmbiguous }: Task): Family => ({
  ...{ taskId, owner, laneId, platformId, process, title, label, deadline },
  ...(onAmbiguous ? { onAmbiguous } : {}),
});

/** How many jobs may be written so far: the canary goes first. */
export const writable = ({ canary, canaryPassed, total }: Task): number =>
  canary === undefined || canaryPassed ? total : Math.min(canary, total);

/** How many chunks so many jobs are. */
export const chunksOf = (jobs: number): number => Math.ceil(jobs / chunkSize);
