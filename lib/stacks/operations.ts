import { Duration, type App } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { strayMessage } from '../../lambdas/dispatch/model.ts';
import type { Config } from '../config/schema.ts';
import type { DeadLetters } from '../constructs/queues.ts';
import { SwathStack } from '../constructs/swath-stack.ts';

/** What tells an operator that something waits for a person. */
export class OperationsStack extends SwathStack {
  constructor(app: App, config: Config, deadLetters: DeadLetters[], auditLogs: ILogGroup) {
    super(app, 'operations', config);
    const topic = new Topic(this, 'Alarms', { enforceSSL: true });
    if (config.alarmEmail) topic.addSubscription(new EmailSubscription(config.alarmEmail));
    for (const queue of deadLetters) {
      const name = queue.node.path.replaceAll('/', '-');
      const alarm = new Alarm(this, name, {
        alarmDescription: `${name}: something could not be handled. Read the messages of ${queue.queueUrl} and the log of their function, then redrive the queue.`,
        metric: new Metric({
          namespace: 'AWS/SQS',
          metricName: 'ApproximateNumberOfMessagesVisible',
          dimensionsMap: { QueueName: queue.queueName },
          statistic: 'Maximum',
          period: Duration.minutes(5),
        }),
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        threshold: 0,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(topic));
    }
    const strays = new MetricFilter(this, 'StrayJobs', {
      logGroup: auditLogs,
      filterPattern: FilterPattern.stringValue('$.message', '=', strayMessage),
      metricNamespace: 'Swath',
      metricName: `${config.env}-stray-jobs`,
      metricValue: '1',
    });
    const alarm = strays.metric({ statistic: 'Sum', period: Duration.minutes(5) }).createAlarm(this, 'StrayJobsAlarm', {
      alarmDescription: `A platform runs a job that bears our tag, and no job of ours has it. Search ${auditLogs.logGroupName} for "${strayMessage}", and cancel it on the platform if nobody wants it.`,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    this.output({ AlarmTopic: topic.topicArn });
  }
}
