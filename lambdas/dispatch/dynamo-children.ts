import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { queryAll } from '../shared/table/query-all.ts';
import { DeleteCommand, GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LargeParameters } from './dynamo-jobs.ts';
import type { dynamoQueue } from './dynamo-queue.ts';
import { chunkKey, jobKey, specKey } from './keys.ts';
import { chunkOf, chunkSize, Job, Template } from './model.ts';
import type { JobStore } from './ports.ts';
import { childSpec } from './rules/children.ts';

/**
 * Jobs of a chunk written at the same time: conditional, so not in batches; a transaction would cost twice as much. Ten chunks are
 * written at once, and what starts the first jobs must not wait behind them.
 */
const writesAtOnce = 8;

/** The part of the store that knows jobs of upscaling tasks. */
export function dynamoChildren(db: DynamoDBDocumentClient, table: string, large: LargeParameters, queue: ReturnType<typeof dynamoQueue>) {
  /** A task's template never changes: a worker reads it once. */
  const known = new Map<string, Promise<Template | undefined>>();
  const readTemplate = async (taskId: string): Promise<Template | undefined> => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: specKey(taskId), ConsistentRead: true }));
    if (Item === undefined || Item['dimension'] === undefined) return undefined;
    const { parametersJson, parametersKey, ...item } = Item as { parametersJson?: string; parametersKey?: string };
    const json = parametersKey === undefined ? parametersJson : await large.read(parametersKey);
    return json === undefined ? undefined : Template.parse({ ...item, parameters: JSON.parse(json) });
  };
  const templateOf = (taskId: string): Promise<Template | undefined> => {
    const template = known.get(taskId) ?? readTemplate(taskId);
    if (known.size > 100) known.clear();
    known.set(taskId, template);
    template.then((read) => read ?? known.delete(taskId)).catch(() => known.delete(taskId));
    return template;
  };
  const valueOf = async (template: Template, index: number): Promise<unknown> => {
    const chunk = chunkOf(index);
    const lines = await large.readPart(template.valuesKey, template.offsets[chunk]!, template.offsets[chunk + 1]!);
    const line = lines?.split('\n')[index % chunkSize];
    return line === undefined || line === '' ? undefined : JSON.parse(line);
  };

  return {
    async childSpec({ jobId, taskId, index, value }: Parameters<JobStore['spec']>[0]) {
      const template = await templateOf(taskId!);
      if (template === undefined) return undefined;
      const own: unknown = value === undefined ? await valueOf(template, index!) : JSON.parse(value);
      return own === undefined ? undefined : childSpec(template, jobId, own);
    },
    template: templateOf,
    async deleteTemplate(taskId) {
      known.delete(taskId);
      await Promise.all([db.send(new DeleteCommand({ TableName: table, Key: specKey(taskId) })), queue.end(taskId)]);
    },
    async keepTemplate(owner, { parameters, ...template }) {
      const json = JSON.stringify(parameters);
      const kept = json.length > large.from ? { parametersKey: await large.write(owner, template.jobId, json) } : { parametersJson: json };
      const put = new PutCommand({ TableName: table, Item: { ...specKey(template.jobId), ...template, ...kept } });
      await Promise.all([db.send(put), queue.begin(template.jobId)]);
    },
    async createChildren(jobs) {
      const rest = [...jobs];
      const writer = async () => {
        for (let job = rest.shift(); job !== undefined; job = rest.shift())
          await db
            .send(
              new PutCommand({
                TableName: table,
                Item: { ...jobKey(job.jobId), ...job }, // in no index before it is let go
                ConditionExpression: 'attribute_not_exists(pk)',
              }),
            )
            .catch((error: unknown) => {
              if (!(error instanceof ConditionalCheckFailedException)) throw error;
            });
      };
      await Promise.all(Array.from({ length: Math.min(writesAtOnce, jobs.length) }, writer));
    },
    async children(taskId, chunk) {
      const items = await queryAll(db, {
        TableName: table,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': chunkKey(taskId, chunk) },
        ConsistentRead: true,
      });
      return items.map((item) => Job.parse(item));
    },
  } satisfies Partial<JobStore> & { childSpec: JobStore['spec'] };
}
