import { setTimeout as pause } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type DynamoDBDocumentClient, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { random } from '../ids/random.ts';

/** Pauses before another try, in milliseconds: the other transaction takes some tens of them. */
const pauses = [30, 60, 120, 240, 480];

/**
 * Writes all items or none; false when a condition refuses it. DynamoDB also cancels a transaction because another one is
 * at one of its items just then, and the SDK does not try that again: this does, and the conditions then decide.
 */
export async function transact(db: DynamoDBDocumentClient, items: TransactWriteCommandInput['TransactItems']): Promise<boolean> {
  for (let tries = 0; ; tries += 1) {
    try {
      await db.send(new TransactWriteCommand({ TransactItems: items }));
      return true;
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code }) => Code) : [];
      if (reasons.includes('ConditionalCheckFailed')) return false;
      if (!reasons.includes('TransactionConflict') || tries === pauses.length) throw error;
      await pause(pauses[tries]! * (0.5 + random.next()));
    }
  }
}
