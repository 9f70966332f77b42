import { describe, expect, it } from '@jest/globals';
import { greetingOf } from '../../../lambdas/live/records.ts';
import { aRecord } from '../../support/records.ts';

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
