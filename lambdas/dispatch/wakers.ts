import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Ids, Wakers } from './ports.ts';

/** Messages of the `later` queue. */
export const LaterMessage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('run'), laneId: z.string() }),
  z.strictObject({
    kind: z.literal('poll'),
    laneIds: z.array(z.string()).max(25),
    plannedFor: z.string().optional(),
    tick: z.literal(true).optional(),
    toldAt: z.iso.datetime().optional(),
  }),
  z.strictObject({ kind: z.literal('audit'), laneId: z.string(), next: z.string().optional() }),
]);
export type LaterMessage = z.infer<typeof LaterMessage>;

/** Message of the `collect` queue, beside the bus's own events. */
export const CollectMessage = z.strictObject({ jobId: z.string(), tries: z.int().nonnegative().optional() });

export interface WakerTargets {
  machine?: string;
  copyMachine?: string;
  laterQueue: string;
  collectQueue?: string;
  callSync?: Wakers['callSync'];
}

const required = <Target>(value: Target | undefined, name: string): Target => {
  if (value === undefined) throw new Error(`This function has no ${name}.`);
  return value;
};

/** Wake-ups by Step Functions and delayed messages. */
export function wakers(sfn: () => SFNClient, sqs: () => SQSClient, ids: Ids, targets: WakerTargets): Wakers {
  const send = async (queue: string, body: unknown, seconds: number) => {
    await sqs().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: JSON.stringify(body), DelaySeconds: seconds }));
  };
  /** Names are for reading: the id at the end makes them unique. */
  const start = async (machine: string | undefined, name: string, input: object) => {
    await sfn().send(
      new StartExecutionCommand({
        stateMachineArn: required(machine, 'state machine'),
        name: `${name.replaceAll(/[^\w-]/g, '-').slice(0, 43)}-${ids.next()}`,
        input: JSON.stringify(input),
      }),
    );
  };
  return {
    startRunner: (laneId) => start(targets.machine, laneId, { laneId }),
    copyResults: (jobId, incarnation) => start(targets.copyMachine, `${jobId}-${incarnation}`, { jobId, incarnation }),
    later: (laneId, what, seconds, plannedFor) => {
      const poll: LaterMessage = { kind: 'poll', laneIds: [laneId], ...(plannedFor === undefined ? {} : { plannedFor }) };
      return send(targets.laterQueue, what === 'run' ? ({ kind: 'run', laneId } satisfies LaterMessage) : poll, seconds);
    },
    news: (laneId, toldAt, seconds) =>
      send(targets.laterQueue, { kind: 'poll', laneIds: [laneId], toldAt } satisfies LaterMessage, seconds),
    audit: (laneId, next, seconds) =>
      send(targets.laterQueue, { kind: 'audit', laneId, ...(next === undefined ? {} : { next }) } satisfies LaterMessage, seconds),
    callSync: (jobId, epoch) => required(targets.callSync, 'function for synchronous calls')(jobId, epoch),
    collect: (jobId, seconds, tries) =>
      send(required(targets.collectQueue, 'collect queue'), { jobId, ...(tries === undefined ? {} : { tries }) }, seconds),
  };
}
