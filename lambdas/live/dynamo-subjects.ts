import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { accepted } from './accepted.ts';
import { changeKey, changesOf, frameKey, stateKey, viewerKey, viewersOf } from './keys.ts';
import { Change, Viewer } from './model.ts';
import type { Subjects } from './ports.ts';

/** The subjects' part of the connections table. */
export const dynamoSubjects = (client: DynamoDBDocumentClient, table: string): Subjects => {
  const below = ({ pk, prefix }: { pk: string; prefix: string }): QueryCommandInput => ({
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
  });
  return {
    async viewers(subject, now) {
      const viewers: Viewer[] = [];
      for await (const { Items } of paginateQuery({ client }, below(viewersOf(subject))))
        viewers.push(...Viewer.array().parse(Items ?? []));
      return viewers.filter(({ expires }) => expires > now);
    },
    async removeViewer(subject, connectionId) {
      await client.send(new DeleteCommand({ TableName: table, Key: viewerKey(subject, connectionId) }));
    },
    async note(subject, change, expires) {
      await accepted(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...changeKey(subject, change.jobId), ...change, expires },
            ConditionExpression: 'attribute_not_exists(pk) OR version < :version',
            ExpressionAttributeValues: { ':version': change.version },
          }),
        ),
      );
    },
    async mark(subject, now, stale) {
      const marked = await accepted(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: stateKey(subject),
            UpdateExpression: 'SET marked = :now',
            ConditionExpression: 'attribute_not_exists(marked) OR marked < :stale',
            ExpressionAttributeValues: { ':now': now, ':stale': stale },
          }),
        ),
      );
      return marked !== undefined;
    },
    async unmark(subject) {
      await client.send(new UpdateCommand({ TableName: table, Key: stateKey(subject), UpdateExpression: 'REMOVE marked' }));
    },
    async lastFrame(subject) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: stateKey(subject), ConsistentRead: true }));
      return Number(Item?.['n'] ?? 0);
    },
    async changes(subject, limit) {
      const { Items } = await client.send(new QueryCommand({ ...below(changesOf(subject)), Limit: limit }));
      return Change.array().parse(Items ?? []);
    },
    async writeFrame(subject, n, text, expires) {
      const written = await accepted(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...frameKey(subject, n), text, expires },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
      // Also when another wrote the frame: it may have ended before it came here, and numbers must go on.
      await accepted(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: stateKey(subject),
            UpdateExpression: 'SET n = :n',
            ConditionExpression: 'attribute_not_exists(n) OR n < :n',
            ExpressionAttributeValues: { ':n': n },
          }),
        ),
      );
      return written !== undefined;
    },
    async settle(subject, sent) {
      const one = ({ jobId, version }: Change) =>
        client.send(
          new DeleteCommand({
            TableName: table,
            Key: changeKey(subject, jobId),
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: { ':version': version },
          }),
        );
      await Promise.all(sent.map((change) => accepted(one(change))));
    },
  };
};
