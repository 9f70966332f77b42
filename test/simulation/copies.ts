import type { Deps } from '../../lambdas/dispatch/use-cases/deps.ts';
import { copyAsset, finishCopies, planCopies } from '../../lambdas/dispatch/use-cases/copies.ts';
import { read, run, type Machine } from '../support/asl.ts';
import type { Cloud } from './cloud.ts';
import { mortal, retried, type Stage } from './process.ts';

const machine = read<Machine>('dispatch/collect-results.asl.json');
const shortSeconds = 60;
/** Attempts of the file's retriers at what throws. */
const attempts = 4;

/** The executions that copy the files of results. */
export class Copies {
  private readonly stage: Stage;
  private readonly cloud: Pick<Cloud, 'invoke'>;
  private executions = 0;

  constructor(stage: Stage, cloud: Pick<Cloud, 'invoke'>) {
    [this.stage, this.cloud] = [stage, cloud];
  }

  start(jobId: string, incarnation: number): void {
    const name = `copy-${jobId}-${incarnation}-${(this.executions += 1)}`;
    this.stage.time.plan(50 + this.stage.draw('latency') * 500, () => void this.walk(jobId, incarnation, name));
  }

  private async walk(jobId: string, incarnation: number, name: string): Promise<void> {
    const { stage, cloud } = this;
    type Use<Args> = (deps: Deps, args: Args) => Promise<unknown>;
    const invoked = <Args>(what: string, seconds: number, tries: number, use: Use<Args>) => {
      return (args: unknown) =>
        retried(stage, tries, 1, () => cloud.invoke(`${what}(${jobId})`, seconds, (deps) => use(deps, args as Args)));
    };
    const functions = {
      PlanCopiesFunction: invoked('plan-copies', shortSeconds, 1, (deps) => planCopies(deps, jobId, incarnation)),
      CopyAssetFunction: invoked<Parameters<typeof copyAsset>[1]>('copy-asset', stage.settings.copySeconds, attempts, copyAsset),
      FinishCopiesFunction: invoked<Parameters<typeof finishCopies>[1]>('finish-copies', shortSeconds, 1, finishCopies),
    };
    const start = { Name: name, StartTime: new Date(stage.time.now).toISOString() };
    const pause = (seconds: number) => new Promise<void>((resolve) => stage.time.plan(seconds * 1000, resolve));
    const ended = await run(machine, { jobId, incarnation }, mortal(stage, name, functions), start, pause);
    stage.note(name, `${ended.status} ${ended.cause ?? JSON.stringify(ended.output)}`);
  }
}
