import { describe, expect, it } from '@jest/globals';
import { configs, resources, synthesize } from './synthesized.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}
const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const templates = synthesize(configs.dev);

/** Statements of each function's role, by the stack's and the function's name. */
const statements = Object.entries(templates).flatMap(([stack, template]) =>
  resources({ [stack]: template }, 'AWS::IAM::Policy').flatMap(([id, r]) => {
    const who = `${stack.replace('swath-dev-', '')}/${id.replace(/RoleDefaultPolicy[0-9A-F]{8}$/, '')}`;
    return (r.Properties['PolicyDocument'] as { Statement: Statement[] }).Statement.map((s) => ({
      who,
      actions: list(s.Action),
      on: list(s.Resource),
    }));
  }),
);

/** `jobs`, or `jobs/owner` for an index, or `jobs (stream)`; most tables are in another stack, so that the reference names an output. */
function tableIn(resource: unknown): string {
  const text = JSON.stringify(resource);
  const [, table, stream] =
    /(?:FnGetAtt|GetAtt":\[")(Platforms|Tokens|Jobs|JobHistory|Lanes|Connections|Builtin|Requests|Tasks|Credentials|UserCredentials|Processes)[0-9A-F]{8}(Stream)?(?:",")?Arn/.exec(
      text,
    ) ?? [];
  const index = /\/index\/([\w*]+)/.exec(text)?.[1];
  return `${table}${index ? `/${index}` : ''}${stream ? ' (stream)' : ''}`;
}

describe('grants', () => {
  it('on tables are these and no others', () => {
    const granted: Record<string, Record<string, string>> = {};
    for (const { who, actions, on } of statements) {
      const items = actions.filter((a) => a.startsWith('dynamodb:')).map((a) => a.slice('dynamodb:'.length));
      if (!items.length) continue;
      for (const table of on.map(tableIn)) {
        const of = (granted[who] ??= {});
        of[table] = [...new Set([...(of[table]?.split(' ') ?? []), ...items])].filter(Boolean).sort().join(' ');
      }
    }
    const all = 'DeleteItem GetItem PutItem Query UpdateItem';
    const stream = 'DescribeStream GetRecords GetShardIterator ListStreams';
    /** Whoever calls platforms opens accounts, and renews users' own credentials. */
    const account = { Credentials: 'GetItem', UserCredentials: 'GetItem PutItem' };
    const calls = {
      Platforms: 'Query',
      Jobs: 'BatchGetItem GetItem Query UpdateItem',
      'Jobs/queue': 'Query',
      'Jobs/active': 'Query',
      'Jobs/taskActive': 'Query',
      Lanes: all,
      Builtin: 'GetItem PutItem UpdateItem',
      'Builtin/tag': 'Query',
      ...account,
      Processes: 'GetItem',
    };
    // Whoever takes personal access tokens looks them up, and notes the day of their use; rates are limited everywhere.
    const tokens = { Tokens: 'GetItem UpdateItem', Requests: 'UpdateItem' };
    expect(granted).toEqual({
      'data/SeedPlatforms': { Platforms: 'GetItem PutItem Query' },
      'api/Landing': { Jobs: 'GetItem' },
      'api/Platforms': {
        ...tokens,
        Platforms: 'GetItem PutItem Query',
        Lanes: 'GetItem Query',
        'Jobs/queue': 'Query',
        'Jobs/active': 'Query',
        Jobs: 'BatchGetItem GetItem Query',
        'Jobs/taskActive': 'Query',
        Credentials: 'GetItem PutItem',
        UserCredentials: 'GetItem PutItem',
        'Lanes/due': 'Query',
      },
      'api/Dispatch': {
        Builtin: 'GetItem',
        ...tokens,
        Platforms: 'Query',
        Jobs: 'DeleteItem GetItem PutItem Query UpdateItem',
        'Jobs/owner': 'Query',
        'Jobs/queue': 'Query',
        'Tasks/owner': 'Query',
        Lanes: 'GetItem Query UpdateItem',
        Requests: 'GetItem PutItem UpdateItem',
        ...account,
      },
      'api/Ogc': {
        ...account,
        ...tokens,
        Platforms: 'Query',
        Jobs: 'BatchGetItem DeleteItem GetItem PutItem Query UpdateItem',
        'Jobs/owner': 'Query Scan',
        'Jobs/queue': 'Query',
        'Jobs/active': 'Query',
        'Jobs/taskActive': 'Query',
        Processes: 'GetItem PutItem',
        'Processes/owner': 'Query',
        'Processes/published': 'Query',
        Lanes: 'GetItem Query UpdateItem',
        Builtin: 'GetItem',
        'Lanes/due': 'Query',
        Requests: 'GetItem PutItem UpdateItem',
      },
      'api/Live': { ...tokens, Connections: 'PutItem' },
      'api/Upscaling': {
        ...account,
        ...tokens,
        Platforms: 'Query',
        Tasks: 'GetItem PutItem Query UpdateItem',
        'Tasks/owner': 'Query',
        Jobs: 'BatchGetItem GetItem PutItem Query UpdateItem',
        'Jobs/active': 'Query',
        'Jobs/taskActive': 'Query',
        'Jobs/queue': 'Query',
        Lanes: 'GetItem Query UpdateItem',
        Requests: 'GetItem PutItem UpdateItem',
      },
      'api/Tiles': tokens,
      'api/Workspace': tokens,
      'api/Identity': { ...tokens, Tokens: 'DeleteItem GetItem PutItem Query UpdateItem' },
      'callbacks/OnCallback': { ...account, Platforms: 'Query', Jobs: 'GetItem' },
      'callbacks/OnKey': { Credentials: 'GetItem PutItem' },
      'upscaling/Plan': { Tasks: 'GetItem', Lanes: 'GetItem Query UpdateItem' },
      'upscaling/DoChunk': { Tasks: 'GetItem PutItem UpdateItem', Jobs: all, Platforms: 'Query', Lanes: 'GetItem Query UpdateItem' },
      'upscaling/Settle': {
        Tasks: 'DeleteItem GetItem Query UpdateItem',
        Jobs: 'BatchGetItem DeleteItem Query UpdateItem',
        'Jobs/active': 'Query',
        'Jobs/taskActive': 'Query',
        Lanes: 'GetItem Query UpdateItem',
      },
      'workflows/OnRecount': {
        Tasks: 'GetItem PutItem Query UpdateItem',
        Jobs: 'BatchGetItem Query UpdateItem',
        'Jobs/active': 'Query',
        'Jobs/taskActive': 'Query',
        Lanes: 'GetItem Query UpdateItem',
      },
      'upscaling/Mosaic': { Tasks: 'GetItem PutItem Query', Jobs: 'Query', Platforms: 'Query', ...account },
      'upscaling/OnSweep': { Tasks: 'GetItem UpdateItem', 'Tasks/work': 'Query' },
      'upscaling/OnTaskChange': { Lanes: 'UpdateItem', 'Tasks (stream)': stream },
      'workflows/BuiltinRun': { Builtin: 'GetItem UpdateItem' },
      'workflows/RasterRun': { Builtin: 'GetItem UpdateItem' },
      'workflows/Submit': calls,
      'workflows/OnSync': {
        ...account,
        Processes: 'GetItem',
        Platforms: 'Query',
        Jobs: 'GetItem Query UpdateItem',
        'Jobs/queue': 'Query',
        Lanes: 'DeleteItem GetItem Query UpdateItem',
        Builtin: 'GetItem PutItem UpdateItem',
      },
      'workflows/OnLater': { ...calls, Connections: 'GetItem' },
      'workflows/OnJobChange': { Lanes: 'GetItem UpdateItem', JobHistory: 'PutItem', 'Jobs (stream)': stream },
      'workflows/OnJobSuccessful': { Platforms: 'Query', Jobs: 'GetItem UpdateItem', Builtin: 'GetItem', Processes: 'GetItem', ...account },
      'workflows/PlanCopies': { Jobs: 'GetItem' },
      'workflows/CopyAsset': { Platforms: 'Query', ...account, Jobs: 'GetItem UpdateItem' },
      'workflows/FinishCopies': { Platforms: 'Query', ...account, Jobs: 'GetItem UpdateItem' },
      'workflows/OnTick': { 'Lanes/due': 'Query' },
      'workflows/OnAudit': { Lanes: 'Scan' },
      'live/OnSocket': { Connections: all, Tasks: 'GetItem' },
      'live/OnConnection': {
        Connections: 'DeleteItem GetItem Query UpdateItem',
        'Jobs/owner': 'Query',
        Jobs: 'Query',
        Tasks: 'GetItem Query',
        Lanes: 'GetItem UpdateItem',
        'Connections (stream)': stream,
      },
      'live/OnJobChange': { Connections: 'GetItem PutItem UpdateItem', Lanes: 'GetItem UpdateItem', 'Jobs (stream)': stream },
      'live/OnTaskChange': { Connections: 'GetItem PutItem UpdateItem', 'Tasks (stream)': stream },
      'live/OnFrame': { Connections: all, 'Jobs/owner': 'Query', Jobs: 'Query', Tasks: 'GetItem Query' },
    });
  });

  it('name their actions', () => {
    expect(statements.flatMap(({ who, actions }) => actions.filter((a) => a.includes('*')).map((a) => `${who}: ${a}`))).toEqual([]);
  });

  it('let only whoever calls platforms start built-in jobs, and whoever shows tasks have mosaics made', () => {
    const invoking = statements.filter(({ actions }) => actions.includes('lambda:InvokeFunction')).map(({ who }) => who);
    expect(invoking.filter((who) => !/SubmitJobs|UpscaleTask|CollectResults/.test(who)).sort()).toEqual([
      'api/Upscaling',
      'workflows/OnLater',
      'workflows/OnSync',
      'workflows/Submit',
    ]);
  });

  it('let people who sign in write nothing outside their prefixes', () => {
    const writing = statements.filter(({ actions }) => actions.some((a) => /^s3:(Put|Delete)/.test(a)));
    const prefixes = writing.flatMap(({ who, on }) => on.map((r) => `${who} ${/\/([\w-]+\/\*)/.exec(JSON.stringify(r))?.[1]}`));
    expect(prefixes.sort()).toEqual([
      'api/Dispatch users/*',
      'api/Ogc processes/*',
      'api/Ogc users/*',
      'api/Upscaling users/*',
      'api/Workspace users/*',
      'containers/Job batch/*',
      'upscaling/DoChunk users/*',
      'upscaling/Mosaic users/*',
      'upscaling/Settle users/*',
      'workflows/BuiltinRun builtin/*',
      'workflows/CopyAsset users/*',
      'workflows/FinishCopies users/*',
      'workflows/OnJobSuccessful users/*',
      'workflows/OnLater batch-plans/*',
      'workflows/OnSync batch-plans/*',
      'workflows/OnSync users/*',
      'workflows/RasterRun builtin/*',
      'workflows/Submit batch-plans/*',
    ]);
  });
});
