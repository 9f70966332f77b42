import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, type FunctionProps } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Config } from '../config/schema.ts';
import type { SwathStack } from './swath-stack.ts';

export interface NodeLambdaProps extends Pick<FunctionProps, 'memorySize' | 'onFailure' | 'retryAttempts'> {
  environment?: Record<string, string>;
  /** 30 unless given. */
  timeoutSeconds?: number;
}

/**
 * The bundled function of `lambdas/<entry>.ts`, with a role of its own that may write to its log group and nothing else.
 * The app's context `bundles` names the folder of all bundles; without it (tests of templates) the code is a placeholder.
 */
export class NodeLambda extends LambdaFunction {
  constructor(scope: SwathStack, id: string, entry: string, { environment, timeoutSeconds = 30, ...props }: NodeLambdaProps = {}) {
    const { config } = scope;
    const logGroup = new LogGroup(scope, `${id}Logs`, { retention: config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const bundles = scope.node.tryGetContext('bundles') as string | undefined;
    super(scope, id, {
      description: `lambdas/${entry}.ts`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundles
        ? Code.fromAsset(`${bundles}/${entry}`)
        : Code.fromInline('exports.handler = () => { throw new Error("not bundled"); };'),
      memorySize: 512,
      timeout: Duration.seconds(timeoutSeconds),
      environment: { ...common(config), ...environment },
      logGroup,
      role,
      ...props,
    });
  }
}

/** What every function is given. */
const common = ({ logLevel, endpoint }: Config): Record<string, string> => ({
  LOG_LEVEL: logLevel,
  ...(endpoint ? { AWS_ENDPOINT_URL: endpoint } : {}),
});

/** Settings and the mark on our jobs, as functions of the job core read them. */
export const coreEnvironment = ({ settings, internalPlatforms }: Config, deployment: string): Record<string, string> => ({
  SETTINGS: JSON.stringify(settings),
  DEPLOYMENT: deployment,
  ...(internalPlatforms ? { INTERNAL_PLATFORMS: 'allowed' } : {}),
});
