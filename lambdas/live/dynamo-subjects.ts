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
import * as z from 'zod';
import { accepted } from './accepted.ts';
import { bundleKey, bundlesOf, changeKey, changesOf, frameKey, stateKey, viewerKey, viewersOf } from './keys.ts';
import { Bundle, Noted, Viewer } from './model.ts';
import type { Subjects } from './ports.ts';

const Count = z.number().int().default(0);
/** The item of a subject: see `Watch`; `entered` counts the viewers that ever came. */
const State = z.object({ n: Count, began: Count, beganAt: Count, framedAt: Count, until: Count, entered: Count });
type State = z.infer<typeof State>;

/** The subjects' part of the connections table. */
export const dynamoSubjects = (client: DynamoDBDocumentClient, table: string): Subjects => {
  const below = ({ pk, prefix }: { pk: string; prefix: string }): QueryCommandInput => ({
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
  });
  const state = async (subject: string): Promise<State> => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: stateKey(subject), ConsistentRead: true }));
    return State.parse(Item ?? {});
  };
  /** False when the condition refused it. */
  const setState = async (subject: string, update: string, condition: string | undefined, values: Record<string, unknown>) => {
    const command = new UpdateCommand({
      TableName: table,
      Key: stateKey(subject),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#until': 'until' },
      ExpressionAttributeValues: values,
    });
    return (await accepted(client.send(command))) !== undefined;
  };
  const viewers: Subjects['viewers'] = async (subject, now) => {
    const found: Viewer[] = [];
    for await (const { Items } of paginateQuery({ client }, below(viewersOf(subject)))) found.push(...Viewer.array().parse(Items ?? []));
    return found.filter(({ expires }) => expires > now);
  };
  return {
    viewers,
    async watch(subject) {
      const { n, began, beganAt, framedAt, until } = await state(subject);
      return { last: n, began, beganAt, framedAt, until };
    },
    async enter(subject, viewer, now) {
      // The viewer first: whoever lets the subject rest looks for viewers and then for `entered`.
      await client.send(new PutCommand({ TableName: table, Item: { ...viewerKey(subject, viewer.connectionId), ...viewer } }));
      const { expires } = viewer;
      for (;;) {
        const { until } = await state(subject);
        const goesOn = until > now;
        const entered = await setState(
          subject,
          'SET #until = :expires, entered = if_not_exists(entered, :zero) + :one' +
            (goesOn ? '' : ', n = if_not_exists(n, :zero) + :one, began = if_not_exists(n, :zero) + :one, beganAt = :now'),
          until === 0 ? 'attribute_not_exists(#until)' : '#until = :seen',
          {
            ':expires': Math.max(expires, until),
            ':zero': 0,
            ':one': 1,
            ...(goesOn ? {} : { ':now': now }),
            ...(until === 0 ? {} : { ':seen': until }),
          },
        );
        if (entered) return;
      }
    },
    async leave(subject, connectionId, upTo) {
      const condition = upTo !== undefined && {
        ConditionExpression: 'attribute_not_exists(incarnation) OR incarnation <= :upTo',
        ExpressionAttributeValues: { ':upTo': upTo },
      };
      await accepted(client.send(new DeleteCommand({ TableName: table, Key: viewerKey(subject, connectionId), ...condition })));
    },
    async rest(subject, now, until) {
      const { entered } = await state(subject);
      if (entered === 0 || (await viewers(subject, now)).length > 0) return;
      await setState(subject, 'SET #until = :until', 'entered = :entered AND #until > :until', { ':until': until, ':entered': entered });
    },
    async note(subject, change, expires) {
      await accepted(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...changeKey(subject, change.jobId), ...change, expires },
            ConditionExpression: 'attribute_not_exists(pk) OR began < :began OR (began = :began AND version < :version)',
            ExpressionAttributeValues: { ':version': change.version, ':began': change.began },
          }),
        ),
      );
    },
    async gather(subject, bundle, expires) {
      await client.send(new PutCommand({ TableName: table, Item: { ...bundleKey(subject, bundle.key), ...bundle, expires } }));
    },
    async bundles(subject, limit) {
      const { Items } = await client.send(new QueryCommand({ ...below(bundlesOf(subject)), Limit: limit }));
      return Bundle.array().parse(Items ?? []);
    },
    async clear(subject, bundles) {
      const one = ({ key }: Bundle) => client.send(new DeleteCommand({ TableName: table, Key: bundleKey(subject, key) }));
      await Promise.all(bundles.map(one));
    },
    async mark(subject, now, stale, by) {
      const marked = await accepted(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: stateKey(subject),
            UpdateExpression: 'SET marked = :now, markedBy = :by',
            ConditionExpression: 'attribute_not_exists(marked) OR marked < :stale OR markedBy = :by',
            ExpressionAttributeValues: { ':now': now, ':stale': stale, ':by': by },
          }),
        ),
      );
      return marked !== undefined;
    },
    async unmark(subject) {
      await client.send(new UpdateCommand({ TableName: table, Key: stateKey(subject), UpdateExpression: 'REMOVE marked' }));
    },
    async changes(subject, limit) {
      const { Items } = await client.send(new QueryCommand({ ...below(changesOf(subject)), Limit: limit }));
      return Noted.array().parse(Items ?? []);
    },
    async claim(subject, last, now) {
      const claim = new UpdateCommand({
        TableName: table,
        Key: stateKey(subject),
        UpdateExpression: 'SET n = :next, framedAt = :now',
        ConditionExpression: last === 0 ? 'attribute_not_exists(n) OR n = :last' : 'n = :last',
        ExpressionAttributeValues: { ':last': last, ':next': last + 1, ':now': now },
      });
      return (await accepted(client.send(claim))) !== undefined;
    },
    async writeFrame(subject, n, text, expires) {
      await client.send(new PutCommand({ TableName: table, Item: { ...frameKey(subject, n), text, expires } }));
    },
    async frames(subject, from, to) {
      if (from > to) return [];
      const texts: string[] = [];
      const { pk, sk } = frameKey(subject, from);
      const query: QueryCommandInput = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': frameKey(subject, to).sk },
      };
      for await (const { Items = [] } of paginateQuery({ client }, query)) texts.push(...Items.map(({ text }) => String(text)));
      return texts;
    },
    async settle(subject, read) {
      const one = ({ jobId, version, began }: Noted) =>
        client.send(
          new DeleteCommand({
            TableName: table,
            Key: changeKey(subject, jobId),
            ConditionExpression: 'version = :version AND began = :began',
            ExpressionAttributeValues: { ':version': version, ':began': began },
          }),
        );
      await Promise.all(read.map((change) => accepted(one(change))));
    },
  };
};
