import { Duration, type App } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData, type AlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { strayMessage } from '../../lambdas/dispatch/model.ts';
import type { Config } from '../config/schema.ts';
import type { DeadLetters } from '../constructs/queues.ts';
import { SwathStack } from '../constructs/swath-stack.ts';

/** The page that says what to do, as the end of an alarm's description: each alarm has one, `docs/runbooks/<name>.md`. */
const runbook = (name: string) => `Runbook: docs/runbooks/${name}.md`;

const anythingAtAll: Pick<AlarmProps, 'comparisonOperator' | 'threshold' | 'evaluationPeriods' | 'treatMissingData'> = {
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  threshold: 0,
  evaluationPeriods: 1,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};
const period = Duration.minutes(5);

/** What an operator has to know of. */
interface Watched {
  deadLetters: DeadLetters[];
  /** Where the audit logs jobs that nobody knows. */
  auditLogs: ILogGroup;
  /** Called every minute. */
  onTick: IFunction;
}

/** What tells an operator that something waits for a person. */
export class OperationsStack extends SwathStack {
  private readonly topic: Topic;

  constructor(app: App, config: Config, { deadLetters, auditLogs, onTick }: Watched) {
    super(app, 'operations', config);
    this.topic = new Topic(this, 'Alarms', { enforceSSL: true });
    if (config.alarmEmail) this.topic.addSubscription(new EmailSubscription(config.alarmEmail));
    for (const queue of deadLetters) {
      const name = queue.node.path.replaceAll('/', '-');
      const metric = new Metric({
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensionsMap: { QueueName: queue.queueName },
        statistic: 'Maximum',
        period,
      });
      this.alarm(name, name, `${name}: messages that could not be handled lie in ${queue.queueUrl}.`, { metric, ...anythingAtAll });
    }
    const strays = new MetricFilter(this, 'StrayJobs', {
      logGroup: auditLogs,
      filterPattern: FilterPattern.stringValue('$.message', '=', strayMessage),
      metricNamespace: 'Swath',
      metricName: `${config.env}-stray-jobs`,
      metricValue: '1',
    });
    this.alarm(
      'StrayJobsAlarm',
      'stray-jobs',
      `A platform runs a job that bears our tag, and no job of ours has it: see "${strayMessage}" in ${auditLogs.logGroupName}.`,
      { metric: strays.metric({ statistic: 'Sum', period }), ...anythingAtAll },
    );
    this.alarm('TickSilent', 'tick-silent', 'The every-minute tick has not come for ten minutes: nothing is polled or repaired.', {
      metric: onTick.metricInvocations({ statistic: 'Sum', period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING, // a function that is not called has no figures
    });
    this.output({ AlarmTopic: this.topic.topicArn });
  }

  /** An alarm that tells the topic, and names its page. */
  private alarm(id: string, page: string, description: string, props: Omit<AlarmProps, 'alarmDescription'>): void {
    const alarm = new Alarm(this, id, { ...props, alarmDescription: `${description} ${runbook(page)}` });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }
}
