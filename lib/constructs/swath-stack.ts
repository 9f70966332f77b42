import { CfnOutput, RemovalPolicy, Stack, type App } from 'aws-cdk-lib';
import type { Config } from '../config/schema.ts';

/** A stack of one environment. The account is left open: the CLI deploys into the caller's. */
export class SwathStack extends Stack {
  readonly config: Config;

  constructor(app: App, name: string, config: Config) {
    const { env, region, terminationProtection } = config;
    super(app, name, { stackName: `swath-${env}-${name}`, env: { region }, terminationProtection });
    this.config = config;
  }

  /** For what holds people's data. */
  protected get stateful() {
    const retain = this.config.removal === 'retain';
    return { removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY, deletionProtection: retain };
  }

  protected output(values: Record<string, string>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}
