import type { Share } from '../../dispatch/model.ts';
import { isOver, type Task } from '../model.ts';

/** What closes the share of a task to all claims, if anything does. */
export const closedBy = ({ status, paused, cancelRequested }: Task): Share['closed'] =>
  isOver(status) ? undefined : cancelRequested ? 'cancelled' : paused ? 'paused' : undefined;
