import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

interface Acknowledgement {
  /** The finding, e.g. `AwsSolutions-IAM5[Resource::<arn>]`: ARNs hold generated names, hence patterns. */
  finding: RegExp;
  /** Path of the resource in the construct tree. */
  at: RegExp;
  reason: string;
}

/** Findings of the rule pack that we keep, each with its reason. */
export const acknowledged: readonly Acknowledgement[] = [
  {
    finding: /^AwsSolutions-S1$/,
    at: /^data\/Files\//,
    reason: 'A second bucket of logs for each request would cost more than the files; the account can record data events in CloudTrail.',
  },
  { finding: /^AwsSolutions-COG8$/, at: /^identity\/Users\//, reason: 'The Plus plan costs for each user, also for one who does nothing.' },
  {
    finding: /^AwsSolutions-COG2$/,
    at: /^identity\/Users\//,
    reason: 'A second factor is offered; scripts sign in, too, and cannot type one.',
  },
  {
    finding: /^AwsSolutions-SQS3$/,
    at: /^(workflows|live|upscaling|callbacks)\/(Parked|Undelivered)\//,
    reason: 'It is itself a dead-letter queue: of streams, rules and asynchronous calls, which the rule does not count.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.*\/(users|samples|builtin|processes|batch|batch-plans)\/\*\]$/,
    at: /^(workflows|api|upscaling)\/(BuiltinRun|RasterRun|Submit|OnSync|OnLater|OnJobSuccessful|PlanCopies|CopyAsset|FinishCopies|Dispatch|Ogc|Upscaling|Workspace|DoChunk|Settle|Mosaic)Role\//,
    reason: 'Named actions on the objects below one prefix: their keys are made at run time.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.*\/(users|samples|builtin|batch)\/\*\]$/,
    at: /^callbacks\/OnCallbackRole\//,
    reason: 'It signs links to files of results, whose keys are made at run time.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.*\/job_status\/POST\/@connections\/\*\]$/,
    at: /^live\/On(Socket|Connection|Frame)Role\//,
    reason: 'Connections have no ARN before they exist; the statement holds for POST on one stage.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^(workflows\/(SubmitJobs|CollectResults)|upscaling\/UpscaleTask)\/Role\//,
    reason: 'Actions of X-Ray and of log delivery, which know no resources.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.*\/batch\/\*\]$/,
    at: /^containers\/JobRole\//,
    reason: 'Containers add files below one prefix, in a folder named by an id that is known when they run.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::(\*|.*:batch:.*:job\/\*|.*:batch:.*:job-definition\/.*)\]$/,
    at: /^(workflows|api)\/(Submit|OnSync|OnLater|OnJobSuccessful|FinishCopies|Dispatch|Ogc)Role\//,
    reason:
      'Reads of AWS Batch know no resources; jobs and their definitions have names that are made at run time, and bear the tag or the name of the deployment.',
  },
  {
    finding: /^AwsSolutions-VPC7$/,
    at: /^containers\/Network\//,
    reason:
      'Containers are strangers by nature and may call anybody: flow logs of all their traffic would cost more than the traffic, and tell little.',
  },
  {
    finding: /^AwsSolutions-SF1$/,
    at: /^(workflows\/SubmitJobs|upscaling\/UpscaleTask)\//,
    reason: 'Express executions are many and short: failed ones are logged, the course of the others stands in the jobs.',
  },
  {
    finding: /^AwsSolutions-SF1$/,
    at: /^workflows\/CollectResults\//,
    reason: 'Standard executions keep every event in their own history for 90 days.',
  },
  {
    finding: /^AwsSolutions-APIG4$/,
    at: /^(api\/Http|api\/NoArea|live\/Socket)\b/,
    reason: 'Functions verify tokens and tickets themselves: several issuers and token forms, which one JWT authorizer cannot hold.',
  },
  {
    finding: /^AwsSolutions-APIG1$/,
    at: /^live\/Stage\//,
    reason: 'Access logs of a WebSocket API need a role set for the whole account and region; the functions log each connection.',
  },
];

/** AwsSolutions without what is acknowledged. Findings are compared after synthesis, when ARNs have their final form. */
export class Checks extends AwsSolutionsChecks {
  override validateScope(scope: IConstruct): ReturnType<AwsSolutionsChecks['validateScope']> {
    const { violations, ...report } = super.validateScope(scope);
    const kept = (finding: string, path: string) => acknowledged.some((a) => a.finding.test(finding) && a.at.test(path));
    const left = violations
      .map((v) => ({ ...v, violatingResources: v.violatingResources.filter((r) => !kept(v.ruleName, r.constructPath ?? '')) }))
      .filter((v) => v.violatingResources.length);
    return { ...report, success: left.length === 0, violations: left };
  }
}
