import { describe, expect, it } from '@jest/globals';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { transact } from '../../../lambdas/shared/table/dynamo-transact.ts';

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });

/** A table that answers one transaction after the other as told, then lets all through. */
function table(...errors: Error[]) {
  let sent = 0;
  const send = async () => {
    const error = errors[sent];
    sent += 1;
    if (error) throw error;
  };
  return { db: { send } as unknown as DynamoDBDocumentClient, sent: () => sent };
}

describe('a transaction', () => {
  it('that meets another one at its items is tried again until the conditions decide', async () => {
    const through = table(cancelled('None', 'TransactionConflict'), cancelled('TransactionConflict', 'None'));
    expect([await transact(through.db, []), through.sent()]).toEqual([true, 3]);
    const refused = table(cancelled('None', 'TransactionConflict'), cancelled('None', 'ConditionalCheckFailed'));
    expect([await transact(refused.db, []), refused.sent()]).toEqual([false, 2]);
  });
  it('that a condition refuses is not tried again', async () => {
    const { db, sent } = table(cancelled('ConditionalCheckFailed', 'TransactionConflict'));
    expect([await transact(db, []), sent()]).toEqual([false, 1]);
  });
  it('that fails otherwise fails', async () => {
    for (const error of [cancelled('ValidationError'), new Error('throttled')]) {
      const { db, sent } = table(error);
      await expect(transact(db, [])).rejects.toBe(error);
      expect(sent()).toBe(1);
    }
  });
});
