import { faultKinds, type FaultKind } from './faults.ts';
import { simulate, type Scenario, type Simulated } from './simulate.ts';

/** A scenario that breaks the same invariant with fewer kinds of faults and fewer jobs, as far as leaving out one at a time leads. */
export async function shrink(broken: Pick<Scenario, 'seed' | 'theme'>, invariant: string): Promise<{ scenario: Scenario; run: Simulated }> {
  const breaks = async (scenario: Scenario) => {
    const run = await simulate(scenario);
    return run.violations.some((violation) => violation.invariant === invariant) ? run : undefined;
  };
  let scenario: Scenario = { ...broken, faults: faultKinds };
  let run = (await breaks(scenario))!;
  const attempt = async (smaller: Scenario) => {
    const smallerRun = await breaks(smaller);
    if (smallerRun) [scenario, run] = [smaller, smallerRun];
    return smallerRun !== undefined;
  };
  for (const kind of faultKinds)
    await attempt({ ...scenario, faults: (scenario.faults as readonly FaultKind[]).filter((one) => one !== kind) });
  for (let jobs = Math.floor(run.jobs / 2); jobs >= 1; jobs = Math.min(jobs - 1, Math.floor(jobs / 2)))
    await attempt({ ...scenario, jobs });
  return { scenario, run: await simulate({ ...scenario, record: true }) };
}
