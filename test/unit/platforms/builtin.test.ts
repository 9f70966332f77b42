import { beforeEach, describe, expect, it } from '@jest/globals';
import { BuiltinClient } from '../../../lambdas/platforms/builtin/client.ts';
import type { BuiltinJob } from '../../../lambdas/platforms/builtin/model.ts';
import type { BuiltinStore } from '../../../lambdas/platforms/builtin/ports.ts';
import { echo } from '../../../lambdas/platforms/builtin/process-echo.ts';
import { inlineOutput } from '../../../lambdas/platforms/builtin/rules.ts';
import { run } from '../../../lambdas/platforms/builtin/use-cases.ts';
import type { Write, Written } from '../../../lambdas/shared/table/write.ts';
import { applied } from '../../support/memory-table.ts';

class MemoryStore implements BuiltinStore {
  readonly jobs = new Map<string, BuiltinJob>();
  broken = false;

  async create(job: BuiltinJob): Promise<boolean> {
    this.check();
    if (this.jobs.has(job.id)) return false;
    this.jobs.set(job.id, job);
    return true;
  }
  async get(id: string): Promise<BuiltinJob | undefined> {
    this.check();
    return this.jobs.get(id);
  }
  async update(id: string, write: Write): Promise<Written<BuiltinJob>> {
    this.check();
    const job = this.jobs.get(id);
    const next = job && applied(job, write);
    if (next === undefined) return { ok: false, item: job };
    this.jobs.set(id, next);
    return { ok: true, item: next };
  }
  async byTag(tag: string): Promise<string[]> {
    this.check();
    return [...this.jobs.values()].filter((job) => job.tag === tag).map((job) => job.id);
  }
  private check(): void {
    if (this.broken) throw new Error('no table');
  }
}

const everyKind = {
  ...{ text: 'a', number: 1.5, integer: 2, boolean: false, choice: 'red', date: '2026-03-01', dateTime: '2026-03-01T12:00:00+01:00' },
  ...{ array: [1, 'b', null], object: { c: { d: 1 } }, bbox: { bbox: [1, 2, 3, 4] }, geometry: { type: 'Point', coordinates: [1, 2] } },
  link: { href: 's3://bucket/samples/a.tif', type: 'image/tiff' },
};
const tag = '[swath:test/1.1]';
let store: MemoryStore;
let objects: Map<string, string>;
let ordered: string[];
let orderFails: boolean;
let now: number;
let whilePausing: (() => Promise<unknown>) | undefined;
let client: BuiltinClient;

beforeEach(() => {
  store = new MemoryStore();
  objects = new Map();
  ordered = [];
  orderFails = false;
  now = Date.parse('2026-03-01T00:00:00Z');
  whilePausing = undefined;
  let count = 0;
  const runner = {
    run: async (id: string) => {
      if (orderFails) throw new Error('no function');
      ordered.push(id);
    },
  };
  client = new BuiltinClient({ store, runner, outputs, clock, ids: { next: () => `id-${(count += 1)}` }, pause, bucket: 'bucket' });
});
const clock = { now: () => now };
const outputs = {
  write: async (id: string, json: string) => {
    objects.set(`builtin/${id}/output.json`, json);
    return `builtin/${id}/output.json`;
  },
  read: async (key: string) => objects.get(key),
};
const pause = {
  seconds: async (seconds: number) => {
    now += seconds * 1000;
    await whilePausing?.();
  },
};
const runs = (id: string, runId = 'run-1') => run({ store, outputs, clock, pause }, id, runId);
const phase = async (id: string) => {
  const read = await client.status(id);
  return read.kind === 'found' ? read.value.phase : read.kind;
};

async function created(inputs: Record<string, unknown> = {}): Promise<string> {
  const outcome = await client.create({ tag, process: 'echo', title: 'A job', inputs });
  if (outcome.kind !== 'done') throw new Error(outcome.message);
  return outcome.platformJobId;
}
async function finished(inputs: Record<string, unknown>): Promise<string> {
  const id = await created(inputs);
  await client.start(id);
  await runs(id);
  return id;
}

describe('echo', () => {
  it('returns inputs of every kind as outputs by value', async () => {
    const id = await finished({ ...everyKind, pause: 2 });
    expect(await phase(id)).toBe('successful');
    const expected = Object.entries(everyKind).map(([name, value]) => ({ name, value }));
    expect(await client.results(id)).toEqual({ kind: 'found', value: { outputs: expected } });
  });

  it('keeps large outputs in an object and small ones in the item', async () => {
    const large = await finished({ text: 'x'.repeat(inlineOutput) });
    expect([...objects.keys()]).toEqual([`builtin/${large}/output.json`]);
    expect(store.jobs.get(large)).not.toHaveProperty('outputs');
    expect(await client.results(large)).toMatchObject({ value: { outputs: [{ name: 'text' }] } });
    await finished({ text: 'x' });
    expect(objects.size).toBe(1);
  });

  it('fails when asked to, with the message', async () => {
    const id = await finished({ fail: 'on purpose' });
    expect(await client.status(id)).toMatchObject({ value: { raw: 'error', phase: 'failed', message: 'on purpose' } });
    expect((await client.results(id)).kind).toBe('unavailable');
  });

  it('offers a JSON Schema for each input', () => {
    expect(echo.inputs.map(({ name }) => name)).toEqual([...Object.keys(everyKind), 'pause', 'fail']);
    expect(echo.inputs.find(({ name }) => name === 'pause')).toEqual({
      name: 'pause',
      description: 'Seconds that the run takes',
      optional: true,
      schema: { type: 'number', minimum: 0, maximum: 600 },
    });
  });

  it('refuses inputs that do not fit, naming all faults at once', async () => {
    const inputs = { integer: 1.5, dateTime: 'today', bbox: { bbox: [1] }, pause: 601, colour: 'red' };
    const outcome = await client.create({ tag, process: 'echo', title: '', inputs });
    expect(outcome.kind).toBe('refused');
    for (const name of Object.keys(inputs)) expect(outcome).toMatchObject({ message: expect.stringContaining(name) });
    expect(store.jobs.size).toBe(0);
  });

  it('refuses inputs that no item could hold, and processes that do not exist', async () => {
    expect((await client.create({ tag, process: 'echo', title: '', inputs: { text: 'x'.repeat(300_001) } })).kind).toBe('refused');
    expect((await client.create({ tag, process: 'ndvi', title: '', inputs: {} })).kind).toBe('refused');
    expect(await client.describe('echo')).toMatchObject({ kind: 'found', value: { id: 'echo' } });
    expect(await client.describe('other')).toEqual({ kind: 'missing' });
  });
});

describe('the two phases', () => {
  it('creates without running, then runs once however often it is started', async () => {
    const id = await created();
    expect(await phase(id)).toBe('created');
    expect(ordered).toEqual([]);
    for (const after of ['queued', 'queued']) {
      expect(await client.start(id)).toEqual({ kind: 'done' });
      expect(await phase(id)).toBe(after);
    }
    expect(await runs(id)).toBe('finished');
    expect(await client.start(id)).toEqual({ kind: 'done' });
    expect(ordered).toEqual([id]);
    expect(await phase(id)).toBe('successful');
  });

  it('leaves a job startable when the run could not be ordered', async () => {
    const id = await created();
    orderFails = true;
    expect((await client.start(id)).kind).toBe('lost');
    expect(await phase(id)).toBe('created');
    orderFails = false;
    expect((await client.start(id)).kind).toBe('done');
    expect(ordered).toEqual([id]);
  });

  it('begins even before the start is noted, which then changes nothing', async () => {
    const id = await created();
    expect(await runs(id)).toBe('finished');
    await client.start(id);
    expect(await phase(id)).toBe('successful');
  });

  it('lets only one of two runs work, and a run that broke off go on', async () => {
    const id = await created({ pause: 8 });
    await client.start(id);
    const others: string[] = [];
    let broken = false;
    whilePausing = async () => {
      others.push(await runs(id, 'run-2'));
      if (!broken) {
        broken = true;
        throw new Error('the function ended');
      }
    };
    await expect(runs(id)).rejects.toThrow('the function ended');
    expect(await phase(id)).toBe('running');
    expect(await runs(id)).toBe('finished');
    expect(new Set(others)).toEqual(new Set(['nothing']));
  });

  it('shows progress while it runs', async () => {
    const seen: (number | undefined)[] = [];
    const id = await created({ pause: 8 });
    whilePausing = async () => seen.push(store.jobs.get(id)?.progress);
    await runs(id);
    expect(seen).toEqual([0, 25, 50, 75]);
    expect(await client.status(id)).toMatchObject({ value: { progress: 100 } });
  });
});

describe('cancelling', () => {
  it('ends a created job, whose start then finds nothing to do', async () => {
    const id = await created();
    expect((await client.cancel(id)).kind).toBe('found');
    expect(await phase(id)).toBe('dismissed');
    expect((await client.start(id)).kind).toBe('refused');
    expect(await runs(id)).toBe('nothing');
    expect(ordered).toEqual([]);
  });

  it('stops a run in its pause, and the job stays cancelled', async () => {
    const id = await created({ pause: 600 });
    const begin = now;
    whilePausing = () => client.cancel(id);
    expect(await runs(id)).toBe('nothing');
    expect(await phase(id)).toBe('dismissed');
    expect(now - begin).toBeLessThanOrEqual(5000);
  });

  it('leaves a job that is over as it is, and does not find one that never was', async () => {
    const id = await finished({});
    expect((await client.cancel(id)).kind).toBe('found');
    expect(await phase(id)).toBe('successful');
    expect((await client.cancel('nobody')).kind).toBe('missing');
    expect((await client.status('nobody')).kind).toBe('missing');
    expect((await client.results('nobody')).kind).toBe('missing');
    expect((await client.start('nobody')).kind).toBe('refused');
  });
});

describe('finding by tag', () => {
  it('finds exactly the jobs of the tag, oldest first', async () => {
    const first = await created();
    now += 1000;
    const second = await created();
    await client.create({ tag: '[swath:test/2.1]', process: 'echo', title: '', inputs: {} });
    const found = await client.find({ tag, process: 'echo', from: 0, until: 0, known: new Set() });
    expect(found).toMatchObject({ kind: 'found', value: [{ platformJobId: first, phase: 'created' }, { platformJobId: second }] });
  });
});

describe('a table that does not answer', () => {
  it('makes calls lost and reads unavailable', async () => {
    store.broken = true;
    expect((await client.create({ tag, process: 'echo', title: '', inputs: {} })).kind).toBe('lost');
    expect((await client.start('x')).kind).toBe('lost');
    for (const read of [
      client.status('x'),
      client.cancel('x'),
      client.results('x'),
      client.find({ tag, process: 'echo', from: 0, until: 0, known: new Set() }),
    ])
      expect((await read).kind).toBe('unavailable');
  });
});
