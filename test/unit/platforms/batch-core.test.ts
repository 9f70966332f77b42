import { expect, it } from '@jest/globals';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { batchWorld, sdkError } from '../../support/memory-batch.ts';
import { world } from '../../support/world.ts';

/** The job core with containers; a job of `aPackage` in its queue. */
async function containers() {
  const { client, batch, deployed } = batchWorld();
  const w = world({ platform: { kind: 'batch' } });
  w.deps.client = () => client;
  const inputs = { scene: { href: 'https://data.example/a.tif' }, bands: [4] };
  const { jobId } = await w.send('alice', await deployed(), inputs, { deployed: 'tile-ndvi' });
  return {
    ...{ w, batch, jobId },
    job: () => w.job(jobId),
    async later(seconds: number) {
      w.pass(seconds);
      await w.serve();
      await pollLane(w.deps, w.laneId);
    },
  };
}

it('A container whose submission was not answered is adopted after its quarantine, and not run twice', async () => {
  const { w, batch, job, later } = await containers();
  batch.fails = { error: sdkError('TimeoutError'), after: true };
  await w.serve();
  expect(job().platformJobId).toBeUndefined();
  await later(361);
  expect(job()).toMatchObject({ status: 'submitted', platformJobId: [...batch.jobs.keys()][0] });
  expect(batch.jobs.size).toBe(1);
});

it('One that never arrived is sent again after its quarantine', async () => {
  const { w, batch, job, later } = await containers();
  batch.fails = { error: sdkError('TimeoutError') };
  await w.serve();
  await later(361);
  expect(batch.jobs.size).toBe(1);
  expect(job().platformJobId).toBe([...batch.jobs.keys()][0]);
});

it('News, exit code and end of a container are those of its job', async () => {
  const { w, batch, job, later } = await containers();
  await w.serve();
  const [id] = [...batch.jobs.keys()] as [string];
  batch.becomes(id, { status: 'RUNNING' });
  await later(61);
  expect(job()).toMatchObject({ status: 'running', platformStatus: 'RUNNING' });
  batch.becomes(id, { status: 'FAILED', containers: [{ name: 'application', exitCode: 2 }] });
  await later(61);
  expect(job()).toMatchObject({ status: 'failed', message: 'Its program ended with exit code 2.' });
});

it('A cancelled container is stopped, and its job dismissed', async () => {
  const { w, batch, job, later } = await containers();
  await w.serve();
  batch.becomes([...batch.jobs.keys()][0]!, { status: 'RUNNING' });
  await later(61);
  await cancelJob(w.deps, job());
  await later(61);
  expect(batch.terminated).toHaveLength(1);
  expect(job().status).toBe('dismissed');
});
