import { createHash } from 'node:crypto';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { accepted } from './accepted.ts';
import { askKey, connectionKey, ticketKey } from './keys.ts';
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

export const dynamoConnections = (client: DynamoDBDocumentClient, table: string): Connections => ({
  async open(connection) {
    await client.send(new PutCommand({ TableName: table, Item: { ...connectionKey(connection.connectionId), ...connection } }));
  },
  async get(connectionId) {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: connectionKey(connectionId), ConsistentRead: true }));
    return Item && Connection.parse(Item);
  },
  async remove(connectionId) {
    await client.send(new DeleteCommand({ TableName: table, Key: connectionKey(connectionId) }));
  },
  async add(connectionId, subject) {
    const add = new UpdateCommand({
      TableName: table,
      Key: connectionKey(connectionId),
      UpdateExpression: 'SET subjects = list_append(subjects, :one)',
      ConditionExpression: 'attribute_exists(pk) AND NOT contains(subjects, :subject)',
      ExpressionAttributeValues: { ':one': [subject], ':subject': subject },
    });
    await accepted(client.send(add));
  },
  async ask(connection, now) {
    const put = new PutCommand({
      TableName: table,
      Item: { ...connection, ...askKey(connection.connectionId, now), expires: now + 60 },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    return (await accepted(client.send(put))) !== undefined;
  },
});
