import { syncFunctionSeconds } from '../../lambdas/dispatch/model.ts';
import { callSync } from '../../lambdas/dispatch/use-cases/call-sync.ts';
import type { Cloud } from './cloud.ts';
import type { Stage } from './process.ts';

/** The function of synchronous calls: nothing retries it. */
export class SynchronousCalls {
  private readonly stage: Stage;
  private readonly cloud: Pick<Cloud, 'invoke'>;

  constructor(stage: Stage, cloud: Pick<Cloud, 'invoke'>) {
    [this.stage, this.cloud] = [stage, cloud];
  }

  call(jobId: string, epoch: number): void {
    void this.cloud
      .invoke(`sync(${jobId} e${epoch})`, syncFunctionSeconds(this.stage.settings), (deps, process) =>
        callSync(deps, jobId, epoch, (ms) => process.pause(ms)),
      )
      .catch(() => undefined);
  }
}
