import {
  DescribeJobDefinitionsCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TerminateJobCommand,
  type BatchClient,
  type JobDetail,
} from '@aws-sdk/client-batch';
import { BatchJob } from './model.ts';
import type { Batch } from './ports.ts';

/** Jobs that one answer of `ListJobs` holds where it is filtered, and that one `DescribeJobs` takes (API reference). */
const pageSize = 100;

const jobOf = ({ ecsProperties, ...job }: JobDetail): BatchJob =>
  BatchJob.parse({ ...job, containers: ecsProperties?.taskProperties?.[0]?.containers });

const idsOf = (jobs: readonly { jobId: string | undefined }[] = []): string[] => jobs.flatMap(({ jobId }) => jobId ?? []);

/** AWS Batch by its SDK, whose client must not repeat requests: one that submits a job twice makes two. */
export const awsBatch = (client: () => BatchClient): Batch => ({
  async definition(name) {
    const { jobDefinitions = [] } = await client().send(new DescribeJobDefinitionsCommand({ jobDefinitionName: name, status: 'ACTIVE' }));
    return jobDefinitions.toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0]?.jobDefinitionArn;
  },
  async register(name, definition) {
    const { jobDefinitionArn } = await client().send(new RegisterJobDefinitionCommand({ jobDefinitionName: name, ...definition }));
    return jobDefinitionArn!;
  },
  async submit(request) {
    return (await client().send(new SubmitJobCommand(request))).jobId!;
  },
  async describe(ids) {
    const { jobs = [] } = await client().send(new DescribeJobsCommand({ jobs: ids.slice(0, pageSize) }));
    return jobs.map(jobOf);
  },
  async named(queue, name) {
    const filters = [{ name: 'JOB_NAME', values: [name] }];
    const { jobSummaryList } = await client().send(new ListJobsCommand({ jobQueue: queue, filters, maxResults: pageSize }));
    return idsOf(jobSummaryList);
  },
  async since(queue, time, next) {
    const filters = [{ name: 'AFTER_CREATED_AT', values: [String(time)] }];
    const { jobSummaryList, nextToken } = await client().send(
      new ListJobsCommand({ jobQueue: queue, filters, maxResults: pageSize, ...(next === undefined ? {} : { nextToken: next }) }),
    );
    return { ids: idsOf(jobSummaryList), ...(nextToken ? { next: nextToken } : {}) };
  },
  async terminate(id, reason) {
    await client().send(new TerminateJobCommand({ jobId: id, reason }));
  },
});
