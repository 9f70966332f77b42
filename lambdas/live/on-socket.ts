import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { dynamo, managementApi } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log, logContext } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { readTask } from '../upscaling/api.ts';
import { dynamoConnections, dynamoTickets } from './dynamo-connections.ts';
import { socketPush } from './push.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { answer } from './use-cases/answer.ts';
import { close } from './use-cases/close.ts';
import { connect } from './use-cases/connect.ts';

const table = env('CONNECTIONS_TABLE');
const deps = {
  tickets: dynamoTickets(dynamo(), table),
  connections: dynamoConnections(dynamo(), table),
  subjects: dynamoSubjects(dynamo(), table),
  push: socketPush(managementApi(env('CALLBACK_URL'))),
  tasks: { read: readTask },
  clock: systemClock,
};

/** The type of `$connect` events alone has the query string. */
type SocketEvent = APIGatewayProxyWebsocketEventV2 & { queryStringParameters?: Record<string, string | undefined> };

const statuses = { opened: 200, 'no ticket': 401, 'no task': 404 };

async function statusOf(event: SocketEvent): Promise<number> {
  const { connectionId, eventType } = event.requestContext;
  if (eventType === 'CONNECT') return statuses[await connect(deps, connectionId, event.queryStringParameters ?? {})];
  if (eventType === 'DISCONNECT') await close(deps, connectionId);
  else await answer(deps, connectionId, event.body ?? '');
  return 200;
}

/** A new connection, what a client sends, and the end of a connection. Anything but 2xx refuses a new connection. */
export async function handler(event: SocketEvent): Promise<{ statusCode: number }> {
  const { connectionId, routeKey } = event.requestContext;
  logContext({ connectionId, routeKey });
  const statusCode = await statusOf(event);
  log.info('socket', { status: statusCode });
  return { statusCode };
}
