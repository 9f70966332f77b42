import { GetLogEventsCommand, ResourceNotFoundException, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { LogLine, LogStreams } from './ports.ts';

/** Answers that are read for one page: one may be empty although more follows (`GetLogEvents`). */
const mostAnswers = 5;

/** Streams of CloudWatch Logs, from their beginning. */
export const cloudWatchLogs = (client: () => CloudWatchLogsClient): LogStreams => ({
  async head(group, stream, most) {
    const lines: LogLine[] = [];
    let token: string | undefined;
    try {
      for (let n = 0; n < mostAnswers && lines.length < most; n += 1) {
        const answer = await client().send(
          new GetLogEventsCommand({
            ...{ logGroupName: group, logStreamName: stream, startFromHead: true, limit: most - lines.length },
            ...(token === undefined ? {} : { nextToken: token }),
          }),
        );
        for (const { message = '', timestamp } of answer.events ?? [])
          lines.push({ message, ...(timestamp === undefined ? {} : { time: timestamp }) });
        if (answer.nextForwardToken === undefined || answer.nextForwardToken === token) break;
        token = answer.nextForwardToken;
      }
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
    return lines;
  },
});
