import { describe, expect, it } from '@jest/globals';
import { isJobKey } from '../../../lambdas/dispatch/keys.ts';
import { Job } from '../../../lambdas/dispatch/model.ts';
import { changesIn } from '../../../lambdas/shared/table/stream.ts';
import { aJob } from '../../support/live-world.ts';
import { aRecord } from '../../support/records.ts';

type Records = Parameters<typeof changesIn>[0];

async function read(...records: Records) {
  const parked: { record: unknown; reason: string }[] = [];
  const park = async (record: unknown, reason: string) => void parked.push({ record, reason });
  return { changes: await changesIn(records, isJobKey, (item) => Job.parse(item), park), parked };
}

describe("records of a table's stream", () => {
  const [before, after] = [aJob(), aJob({ version: 2, status: 'submitting' })];
  const item = (job: object, sk = 'job') => ({ pk: 'job-1', sk, ownerKey: 'ana', ...job });
  const child = item(after, 'job#000017');
  const broken = aRecord('INSERT', { new: { pk: 'job-1', sk: 'job', status: 'lost' } });

  it('are changes of items, in their order, without the attributes of the indexes', async () => {
    const { changes, parked } = await read(
      aRecord('INSERT', { new: item(before) }),
      aRecord('MODIFY', { old: item(before), new: item(after) }),
      aRecord('REMOVE', { old: child }),
    );
    expect(changes).toEqual([
      { before: undefined, after: before },
      { before, after },
      { before: after, after: undefined },
    ]);
    expect(parked).toEqual([]);
  });

  it('of other kinds are passed over', async () => {
    const spec = aRecord('INSERT', { new: { pk: 'job-1', sk: 'spec', parameters: {} } });
    expect(await read(spec, aRecord('INSERT', { new: { pk: 'job-1', sk: 'jobs' } }))).toEqual({ changes: [], parked: [] });
  });

  it('that cannot be read are parked as they came, and the rest goes on', async () => {
    const { changes, parked } = await read(broken, aRecord('INSERT', { new: item(before) }));
    expect(changes).toEqual([{ before: undefined, after: before }]);
    expect(parked).toEqual([{ record: broken.dynamodb, reason: expect.stringMatching(/^cannot be read: /) }]);
  });
});
