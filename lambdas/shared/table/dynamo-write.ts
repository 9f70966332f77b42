import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Condition, Write } from './write.ts';

/** Collects placeholders while an expression is written. */
class Names {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};

  name(attr: string): string {
    const key = `#${attr}`;
    this.names[key] = attr;
    return key;
  }
  value(value: unknown): string {
    const key = `:v${Object.keys(this.values).length}`;
    this.values[key] = value;
    return key;
  }
}

function conditionText(condition: Condition, at: Names): string {
  if ('anyOf' in condition) return `(${condition.anyOf.map((part) => conditionText(part, at)).join(' OR ')})`;
  if ('allOf' in condition) return `(${condition.allOf.map((part) => conditionText(part, at)).join(' AND ')})`;
  const attr = at.name(condition.attr);
  if ('is' in condition) return `${attr} = ${at.value(condition.is)}`;
  if ('in' in condition) return `${attr} IN (${condition.in.map((value) => at.value(value)).join(', ')})`;
  if ('below' in condition) return `${attr} < ${at.value(condition.below)}`;
  if ('above' in condition) return `${attr} > ${at.value(condition.above)}`;
  if ('sizeAtMost' in condition) return `(attribute_not_exists(${attr}) OR size(${attr}) <= ${at.value(condition.sizeAtMost)})`;
  if ('contains' in condition) return `contains(${attr}, ${at.value(condition.contains)})`;
  return 'absent' in condition ? `attribute_not_exists(${attr})` : `attribute_exists(${attr})`;
}

/** One UpdateItem for the write; it demands that the item exists, so that nothing deleted is revived. */
function updateInput(table: string, key: Record<string, string>, write: Write) {
  const at = new Names();
  const when = [`attribute_exists(${at.name('pk')})`, ...write.when.map((condition) => conditionText(condition, at))];
  const sets = Object.entries(write.set ?? {}).filter(([, value]) => value !== undefined);
  const clauses = [
    clause('SET', sets, ([attr, value]) => `${at.name(attr)} = ${at.value(value)}`),
    clause('REMOVE', write.remove ?? [], (attr) => at.name(attr)),
    clause(
      'ADD',
      [...Object.entries(write.increment ?? {}), ...members(write.include)],
      ([attr, value]) => `${at.name(attr)} ${at.value(value)}`,
    ),
    clause('DELETE', members(write.exclude), ([attr, value]) => `${at.name(attr)} ${at.value(value)}`),
  ];
  return {
    TableName: table,
    Key: key,
    UpdateExpression: clauses.filter(Boolean).join(' '),
    ConditionExpression: when.join(' AND '),
    ExpressionAttributeNames: at.names,
    ...(Object.keys(at.values).length > 0 ? { ExpressionAttributeValues: at.values } : {}),
  };
}
const clause = <Part>(word: string, parts: readonly Part[], text: (part: Part) => string): string =>
  parts.length === 0 ? '' : `${word} ${parts.map(text).join(', ')}`;
const members = (sets: Write['include']): [string, Set<string>][] =>
  Object.entries(sets ?? {}).flatMap(([attr, values]) => (values.length === 0 ? [] : [[attr, new Set(values)]]));

/** Carries the write out. Refused, it returns the item as it is now (one request, no second read). */
export async function carryOut(
  client: DynamoDBDocumentClient,
  table: string,
  key: Record<string, string>,
  write: Write,
): Promise<{ ok: boolean; item: Record<string, unknown> | undefined }> {
  try {
    const { Attributes } = await client.send(
      new UpdateCommand({ ...updateInput(table, key, write), ReturnValues: 'ALL_NEW', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    );
    return { ok: true, item: Attributes };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { ok: false, item: error.Item && unmarshall(error.Item) };
  }
}
