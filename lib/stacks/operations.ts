import { Duration, type App } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData, type AlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { strayMessage } from '../../lambdas/dispatch/model.ts';
import { takenUpMessage } from '../../lambdas/upscaling/model.ts';
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
  /** Where the sweep logs work on tasks that stood still. */
  sweepLogs: ILogGroup;
  /** Called every minute. */
  onTick: IFunction;
}

/** What tells an operator that something waits for a person. */
export class OperationsStack extends SwathStack {
  private readonly topic: Topic;

  constructor(app: App, config: Config, { deadLetters, auditLogs, sweepLogs, onTick }: Watched) {
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
    const strays = 'A platform runs a job that bears our tag, and no job of ours has it';
    this.alarmOnLine('StrayJobs', 'stray-jobs', auditLogs, strayMessage, strays);
    const stood = 'The state machine of an upscaling task ended before its work was done, and was started again';
    this.alarmOnLine('TakenUp', 'work-taken-up', sweepLogs, takenUpMessage, stood);
    this.alarm('TickSilent', 'tick-silent', 'The every-minute tick has not come for ten minutes: nothing is polled or repaired.', {
      metric: onTick.metricInvocations({ statistic: 'Sum', period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING, // a function that is not called has no figures
    });
    this.output({ AlarmTopic: this.topic.topicArn });
  }

  /** An alarm on each line with this message in a log. */
  private alarmOnLine(id: string, page: string, logGroup: ILogGroup, message: string, description: string): void {
    const lines = new MetricFilter(this, id, {
      logGroup,
      filterPattern: FilterPattern.stringValue('$.message', '=', message),
      metricNamespace: 'Swath',
      metricName: `${this.config.env}-${page}`,
      metricValue: '1',
    });
    this.alarm(`${id}Alarm`, page, `${description}: see "${message}" in ${logGroup.logGroupName}.`, {
      metric: lines.metric({ statistic: 'Sum', period }),
      ...anythingAtAll,
    });
  }

  /** An alarm that tells the topic, and names its page. */
  private alarm(id: string, page: string, description: string, props: Omit<AlarmProps, 'alarmDescription'>): void {
    const alarm = new Alarm(this, id, { ...props, alarmDescription: `${description} ${runbook(page)}` });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }
}
