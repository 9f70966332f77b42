import { describe, expect, it } from '@jest/globals';
import { mostValues, TaskRequest } from '../../../lambdas/upscaling/model.ts';
import { manifestFaults, manifestFile, mostBytes } from '../../../lambdas/upscaling/rules/manifest-file.ts';
import { aTask, numbers, taskWorld } from '../../support/task-world.ts';

const bytes = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? Buffer.from(text) : text);
const read = (text: string | Uint8Array, name = 'tiles.jsonl') => [...manifestFile(name, bytes(text)).entries()];
const valuesIn = (...file: Parameters<typeof read>) => read(...file).map((entry) => ('value' in entry ? entry.value : entry));
const faultsOf = (text: string | Uint8Array, { name = 'tiles.jsonl', duplicates = false } = {}) =>
  manifestFaults(manifestFile(name, bytes(text)), duplicates).map(({ pointer, message }) => {
    expect(pointer).toBe('/dimension/manifest');
    return message;
  });

describe('a file of values', () => {
  it.each([
    ['lines', '"a"\n{"b": [1]}\n3'],
    ['lines with the ends of another system, blank ones among them', '"a"\r\n\r\n{"b": [1]}\r\n3\r\n\r\n'],
    ['lines behind a byte order mark', '\uFEFF"a"\n{"b": [1]}\n3\n'],
  ])('may be %s', (_, text) => expect(valuesIn(text)).toEqual(['a', { b: [1] }, 3]));

  it('may be one JSON array, written as one likes', () => {
    expect(valuesIn('\n [ "a",\n {"b": [1]}, 3 ]\n', 'tiles.json')).toEqual(['a', { b: [1] }, 3]);
    expect(valuesIn('\uFEFF["a"]', 'tiles.json')).toEqual(['a']);
  });

  it('is of lines where its name says so, although one line alone would be an array', () => {
    expect(valuesIn('[1, 2]', 'boxes.ndjson')).toEqual([[1, 2]]);
    expect(valuesIn('[1, 2]', 'boxes.json')).toEqual([1, 2]);
    expect(valuesIn('[1, 2]\n[3, 4]', 'boxes.json')).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('tells the line of each fault', () => {
    expect(faultsOf('1\n\n{"a": }\n1e999\n1')).toEqual([
      expect.stringMatching(/^Line 3: This is not JSON: /),
      'Line 4: This number is too large.',
      'Line 5: The same as line 1. Say duplicates: true to run it again.',
    ]);
    expect(faultsOf(Buffer.from([0x31, 10, 0x22, 0xff, 0x22]))).toEqual(['Line 2: This is not UTF-8.']);
    expect(faultsOf('['.repeat(40) + ']'.repeat(40))).toEqual([expect.stringMatching(/^Line 1: Nested too deeply/)]);
    expect(faultsOf('[{"a": 1, "b": 2}, {"b": 2, "a": 1}]', { name: 'a.json' })).toEqual([
      'Value 2: The same as value 1. Say duplicates: true to run it again.',
    ]);
    expect(faultsOf('[1,\n2,', { name: 'a.json' })[0]).toMatch(/^Line 1: This is not JSON/);
  });

  it('may have a value twice where the request says so', () => expect(faultsOf('1\n1', { duplicates: true })).toEqual([]));

  it('has at least one value, and at most 100,000', () => {
    expect(faultsOf('\n \n')).toEqual(['The file has no values.']);
    expect(faultsOf('[]', { name: 'a.json' })).toEqual(['The file has no values.']);
    const all = numbers(mostValues).join('\n');
    expect(faultsOf(all)).toEqual([]);
    expect(faultsOf(`${all}\n"one more"\n"and more"`)).toEqual(['Line 100001: A task has at most 100,000 values.']);
  });

  it('with many faults has the first of them named', () => expect(faultsOf('x\n'.repeat(100))).toHaveLength(10));
});

describe('a task with a manifest', () => {
  const own = 'users/alice/workspace/areas/tiles.jsonl';
  const send = async (w: ReturnType<typeof taskWorld>, manifest: string, more: object = {}) =>
    w.sendTask('alice', [], { ...aTask([]), dimension: { name: 'text', manifest, ...more } });

  it('has a job for each of its values, as they were when it was sent', async () => {
    const w = taskWorld();
    w.files.set(own, '"one"\n{"two": 2}\n');
    const { taskId, total } = await send(w, `s3://bucket/${own}`);
    w.files.set(own, '"other"\n');
    await w.settle();
    expect(total).toBe(2);
    expect([w.job(`${taskId}-0`).value, w.job(`${taskId}-1`).value]).toEqual(['"one"', '{"two":2}']);
  });

  it.each([
    ['that is not there', `s3://bucket/${own}`, 422, 'no such file'],
    ['of somebody else', 's3://bucket/users/bob/workspace/tiles.jsonl', 403, 'not yours'],
    ['that leads to somebody else', 's3://bucket/users/alice/workspace/../../bob/workspace/tiles.jsonl', 403, 'not yours'],
    ['in another bucket', 's3://other/users/alice/workspace/tiles.jsonl', 403, 'not yours'],
    ['among the samples', 's3://bucket/samples/tiles.jsonl', 403, 'not yours'],
  ])('is refused with a file %s', async (_, manifest, status, reason) => {
    const w = taskWorld();
    w.files.set('users/bob/workspace/tiles.jsonl', '1');
    await expect(send(w, manifest)).rejects.toMatchObject({
      status,
      errors: [{ pointer: '/dimension/manifest', message: expect.stringContaining(reason) }],
    });
  });

  it('is refused with a file that is too large', async () => {
    const w = taskWorld();
    w.files.set(own, ' '.repeat(mostBytes + 1));
    await expect(send(w, `s3://bucket/${own}`)).rejects.toMatchObject({
      status: 422,
      errors: [{ message: expect.stringContaining('32 MB') }],
    });
  });

  it('is refused with all faults at once, of the file and of the request', async () => {
    const w = taskWorld();
    w.files.set(own, '1\n1');
    const refused = send(w, `s3://bucket/${own}`).catch((error: unknown) => error);
    expect(await refused).toMatchObject({ status: 422, errors: [{ message: expect.stringMatching(/^Line 2/) }] });
    const both = w.sendTask('alice', [], { parameters: { text: 1 }, dimension: { name: 'text', manifest: `s3://bucket/${own}` } });
    await expect(both).rejects.toMatchObject({ errors: [{ pointer: '/dimension/name' }, { pointer: '/dimension/manifest' }] });
  });

  it('is one of four ways to say the values', () => {
    const dimension = TaskRequest.shape.dimension;
    expect(dimension.safeParse({ name: 'a', manifest: 's3://b/k', values: [1] }).success).toBe(false);
    expect(dimension.safeParse({ name: 'a', manifest: 'https://b/k' }).success).toBe(false);
  });
});

describe("somebody else's file among the values of a task", () => {
  const theirs = 's3://bucket/users/bob/workspace/secret.tif';

  it('refuses the task, wherever the values come from', async () => {
    const w = taskWorld();
    await expect(w.sendTask('alice', ['a', { href: theirs }])).rejects.toMatchObject({
      ...{ status: 403, code: 'FORBIDDEN' },
      errors: [{ pointer: '/dimension/values/1/href' }],
    });
    w.files.set('users/alice/workspace/tiles.jsonl', `"a"\n"${theirs}"`);
    const dimension = { name: 'text', manifest: 's3://bucket/users/alice/workspace/tiles.jsonl' };
    await expect(w.sendTask('alice', [], { dimension })).rejects.toMatchObject({
      status: 403,
      errors: [{ pointer: '/dimension/manifest', message: expect.stringMatching(/^Line 2: This reference is not yours/) }],
    });
  });

  it.each(['builtin', 'ogc-processes'] as const)('never reaches a platform of kind %s, should it come as far', async (kind) => {
    const w = taskWorld({ platform: { kind } });
    const { taskId } = await w.sendTask('alice', ['a', 'b']);
    await w.settle();
    const template = (await w.tasks.core.template(taskId))!;
    await w.tasks.core.keepTemplate('alice', { ...template, parameters: { source: theirs } });
    await w.serve();
    expect(w.job(`${taskId}-0`)).toMatchObject({ status: 'failed', message: expect.stringContaining('may not be read') });
    expect(w.remote.jobs).toEqual([]);
  });
});
