import { ExecutionAlreadyExists, StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Starter } from './ports.ts';

/** A piece of work has one execution, by its name; that keeps repeated events cheap, and nothing relies on it. */
export const starter = (sfn: () => SFNClient, machine: string): Starter => ({
  async start(taskId, workNumber) {
    try {
      const input = JSON.stringify({ taskId, workNumber });
      await sfn().send(new StartExecutionCommand({ stateMachineArn: machine, name: `${taskId}-${workNumber}`, input }));
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  },
});
