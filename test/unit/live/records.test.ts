import { describe, expect, it } from '@jest/globals';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { greetingOf, jobChangeOf } from '../../../lambdas/live/records.ts';
import { aJob } from '../../support/live-world.ts';

type Item = Record<string, unknown>;
function aRecord(eventName: 'INSERT' | 'MODIFY' | 'REMOVE', images: { old?: Item; new?: Item }): DynamoDBRecord {
  const { pk, sk } = (images.new ?? images.old)!;
  const dynamodb = {
    Keys: marshall({ pk, sk }),
    ...(images.old ? { OldImage: marshall(images.old) } : {}),
    ...(images.new ? { NewImage: marshall(images.new) } : {}),
  };
  return { eventName, dynamodb } as DynamoDBRecord;
}
const connection = { connectionId: 'c1', owner: 'ana', subjects: ['jobs:ana'], connected: '2026-01-02T03:04:05.000Z', expires: 9 };

describe('a record of the connections table', () => {
  it.each([
    ['connection', 'greeting'],
    ['ask#17', 'status'],
  ])('whose item is %s leads to a %s', (sk, what) => {
    expect(greetingOf(aRecord('INSERT', { new: { pk: 'connection#c1', sk, ...connection } }))).toEqual({ connection, what });
  });

  it.each(['ticket', 'viewer#c1', 'change#job-1', 'state', 'frame#0000000001'])('whose item is %s leads to nothing', (sk) => {
    expect(greetingOf(aRecord('INSERT', { new: { pk: 'x', sk } }))).toBeUndefined();
  });

  it('that is not new leads to nothing', () => {
    const item = { pk: 'connection#c1', sk: 'connection', ...connection };
    expect(greetingOf(aRecord('MODIFY', { old: item, new: item }))).toBeUndefined();
    expect(greetingOf(aRecord('REMOVE', { old: item }))).toBeUndefined();
  });
});

describe('a record of the jobs table', () => {
  const [before, after] = [aJob(), aJob({ version: 2, status: 'submitting' })];
  const item = (job: Item) => ({ pk: 'job-1', sk: 'job', ownerKey: 'ana', ...job });

  it('is the change of a job, without the attributes of the indexes', () => {
    expect(jobChangeOf(aRecord('MODIFY', { old: item(before), new: item(after) }))).toEqual({ before, after });
    expect(jobChangeOf(aRecord('REMOVE', { old: item(before) }))).toEqual({ before, after: undefined });
  });

  it('of a spec is none', () => {
    expect(jobChangeOf(aRecord('INSERT', { new: { pk: 'job-1', sk: 'spec', parameters: {} } }))).toBeUndefined();
  });

  it('that is no job throws, so that it is parked', () => {
    expect(() => jobChangeOf(aRecord('INSERT', { new: { pk: 'job-1', sk: 'job', status: 'lost' } }))).toThrow();
  });
});
