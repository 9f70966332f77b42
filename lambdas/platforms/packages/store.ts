import { dynamo, s3 } from '../../shared/aws.ts';
import { env } from '../../shared/env.ts';
import { dynamoPackages } from './dynamo.ts';
import type { PackageStore } from './ports.ts';

/** Deployed processes, as the stacks name their table and bucket to the function. */
export const packageStore = (): PackageStore => dynamoPackages(dynamo, env('PROCESSES_TABLE'), s3, env('BUCKET'));
