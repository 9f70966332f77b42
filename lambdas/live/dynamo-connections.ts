import { createHash } from 'node:crypto';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { accepted } from './accepted.ts';
import { askKey, connectionKey, ticketKey, viewerKey } from './keys.ts';
import { Connection, Holder } from './model.ts';
import type { Connections, Tickets } from './ports.ts';

const keyOf = (ticket: string) => ticketKey(createHash('sha256').update(ticket).digest('hex'));

export const dynamoTickets = (client: DynamoDBDocumentClient, table: string): Tickets => ({
  async issue(ticket, holder, expires) {
    await client.send(new PutCommand({ TableName: table, Item: { ...keyOf(ticket), ...holder, expires } }));
  },
  async redeem(ticket, now) {
    const use = new DeleteCommand({
      TableName: table,
      Key: keyOf(ticket),
      ConditionExpression: 'expires > :now',
      ExpressionAttributeValues: { ':now': now },
      ReturnValues: 'ALL_OLD',
    });
    const used = await accepted(client.send(use));
    return used && Holder.parse(used.Attributes);
  },
});

export const dynamoConnections = (client: DynamoDBDocumentClient, table: string): Connections => {
  const get: Connections['get'] = async (connectionId) => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: connectionKey(connectionId), ConsistentRead: true }));
    return Item && Connection.parse(Item);
  };
  return {
    get,
    async open(connection) {
      const { connectionId, connected, expires } = connection;
      const items = [
        { ...connectionKey(connectionId), ...connection },
        ...connection.subjects.map((subject) => ({ ...viewerKey(subject, connectionId), connectionId, connected, expires })),
      ];
      await client.send(new TransactWriteCommand({ TransactItems: items.map((Item) => ({ Put: { TableName: table, Item } })) }));
    },
    async close(connectionId) {
      const connection = await get(connectionId);
      if (!connection) return;
      // The connection last: while it is there, whoever tries again knows what else to remove.
      const keys = [...connection.subjects.map((subject) => viewerKey(subject, connectionId)), connectionKey(connectionId)];
      for (const Key of keys) await client.send(new DeleteCommand({ TableName: table, Key }));
    },
    async ask(connection, now) {
      const put = new PutCommand({
        TableName: table,
        Item: { ...connection, ...askKey(connection.connectionId, now), expires: now + 60 },
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      return (await accepted(client.send(put))) !== undefined;
    },
  };
};
