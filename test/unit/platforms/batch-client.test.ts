import { beforeEach, describe, expect, it } from '@jest/globals';
import { batchWorld, bucket, sdkError, service } from '../../support/memory-batch.ts';

let world: ReturnType<typeof batchWorld>;
beforeEach(() => {
  world = batchWorld();
});

/** Runs `aPackage` with these inputs; answers the id of its job. */
async function run(inputs: Record<string, unknown> = {}, more = {}, unit = {}): Promise<string> {
  const outcome = await world.client.create(world.submission(await world.deployed(more, unit), inputs));
  if (outcome.kind !== 'done') throw new Error(`${outcome.kind}: ${outcome.message}`);
  return outcome.platformJobId;
}
const refusal = async (inputs: Record<string, unknown>, more = {}, unit = {}): Promise<string> => {
  const outcome = await world.client.create(world.submission(await world.deployed(more, unit), inputs));
  return outcome.kind === 'refused' ? outcome.message : outcome.kind;
};

describe('A container is submitted', () => {
  it('with its queue, its tag as name and tag, the link of its plan and its command line', async () => {
    const id = await run();
    const { ecsPropertiesOverride, tags, jobName, jobQueue, jobDefinition } = world.batch.jobs.get(id)!;
    expect({ tags, jobName, jobQueue, jobDefinition }).toEqual({
      tags: { 'swath:job': 'swath:swath-test/1.1', 'swath:process': 'package:tile-ndvi@1' },
      jobName: 'swath-swath-test-1-1',
      jobQueue: service.queue,
      jobDefinition: world.batch.definitions[0]!.arn,
    });
    expect(ecsPropertiesOverride.taskProperties[0].containers).toEqual([
      {
        name: 'stage-in',
        environment: [{ name: 'PLAN_URL', value: expect.stringMatching(/^https:\/\/signed\.example\/batch-plans\/[0-9a-f]{64}$/) }],
      },
      { name: 'application', command: ['--bands', '4,8', '--scene', '/swath/in/1/scene_1.tif'] },
    ]);
  });

  it('with signed links to files of the bucket, other links as they are, values in the request as files, and the patterns of outputs', async () => {
    const more = {
      inputs: {
        scene: { schema: { type: 'string', contentEncoding: 'binary' } },
        others: { minOccurs: 0, maxOccurs: 5, schema: { type: 'string', contentEncoding: 'binary' } },
        mask: { schema: { type: 'string', contentEncoding: 'base64' } },
        area: { schema: { type: 'object' } },
      },
    };
    const inputs = {
      others: [{ href: 'https://data.example/a%20b/%2e%2e%2fx.tif?k=v', type: 'image/tiff' }, { href: 'https://data.example/' }],
      ...{ mask: 'TUFT\nSw==', area: { type: 'Point', coordinates: [1, 2], href: 'no link' } },
    };
    const bindings = { inputBindings: { others: { prefix: '-o' } }, outputBindings: { ndvi: { glob: ['*.tif', 'more/*.tif'] } } };
    const id = await run(inputs, more, { bindings });
    expect(world.plan()).toEqual([
      ['url', '/swath/in/1/scene_1.tif', `https://signed.example/samples/scene 1.tif`],
      ['url', '/swath/in/2/x.tif', 'https://data.example/a%20b/%2e%2e%2fx.tif?k=v'],
      ['url', '/swath/in/3/file', 'https://data.example/'],
      ['inline', '/swath/in/4/value', 'TUFTSw=='],
      ['inline', '/swath/in/parameters.json', expect.any(String)],
      ['out', 'ndvi', '*.tif'],
      ['out', 'ndvi', 'more/*.tif'],
    ]);
    const parameters = world.plan()!.find(([, path]) => path === '/swath/in/parameters.json')![2]!;
    expect(JSON.parse(Buffer.from(parameters, 'base64').toString())).toEqual({
      scene: '/swath/in/1/scene_1.tif',
      mask: '/swath/in/4/value',
      area: inputs.area,
    });
    expect(world.command(id)).toEqual(['-o', '/swath/in/2/x.tif', '/swath/in/3/file']);
  });

  it('in the folder of results, by the shell of its image, where its package says what is run', async () => {
    const bindings = { inputBindings: { scene: {}, bands: { itemSeparator: ' ' } } };
    const id = await run({ scene: { href: 'https://data.example/a.tif' } }, {}, { bindings, config: { command: ['python3', 'run.py'] } });
    expect(world.command(id)).toEqual(['/bin/sh', '-c', `cd /swath/out && exec python3 run.py /swath/in/1/a.tif '4 8'`]);
  });

  it('with the text of a file that a binding asks for', async () => {
    world.objects.set('samples/list.txt', 'one two');
    const bindings = { inputBindings: { scene: { loadContents: true, valueFrom: '$(self.contents)' }, bands: {} } };
    const id = await run({ scene: { href: `s3://${bucket}/samples/list.txt` } }, {}, { bindings });
    expect(world.command(id)).toEqual(['one two', '4', '8']);
    expect(await refusal({ scene: { href: 'https://data.example/list.txt' } }, {}, { bindings })).toMatch(
      '/inputs/scene: Its text is read from',
    );
  });

  it.each([
    ['a link that leads nowhere', { scene: { href: 'ftp://data.example/a' } }, '/inputs/scene: A container can be given files'],
    [
      "a link to another deployment's bucket",
      { scene: { href: 's3://other/samples/a.tif' } },
      '/inputs/scene: A container can be given files',
    ],
    ['a command line that is too long', { bands: Array.from({ length: 4000 }, (_, i) => i) }, 'The command line is too long'],
  ])('never with %s', async (_, inputs, message) => {
    expect(await refusal(inputs)).toContain(message);
    expect(world.batch.jobs.size).toBe(0);
  });

  it('never with an empty word, or a pattern that would be two lines', async () => {
    const word = { inputs: { scene: { schema: { type: 'string' } } }, outputs: { ndvi: { schema: {} } } };
    const bindings = { inputBindings: { scene: { position: 1 } }, outputBindings: { ndvi: { glob: '$(inputs.scene)' } } };
    expect(await refusal({ scene: '', bands: undefined }, word, { bindings: { inputBindings: { scene: {} } } })).toMatch('An empty value');
    expect(await refusal({ scene: 'a\nout\tb', bands: undefined }, word, { bindings })).toMatch('/outputs/ndvi: Its pattern');
  });

  it('never larger than the deployment', async () => {
    expect(await refusal({}, {}, { config: { cpuMin: 16 } })).toBe(
      'The container needs 16 CPUs for what it asks for, and this deployment has 8 for all of them.',
    );
  });

  it('only when it is one', async () => {
    expect(await world.client.create(world.submission('package:gone@1'))).toMatchObject({ kind: 'refused' });
    expect(await world.client.create(world.submission('echo'))).toMatchObject({ kind: 'refused' });
  });
});

describe('The definition of a package', () => {
  it('is registered once for a revision, and again where something of it changes', async () => {
    const first = await world.deployed();
    for (const n of [1, 2]) await world.client.create(world.submission(first, {}, `[swath:swath-test/${n}.1]`));
    expect(world.batch.definitions.map(({ name }) => name)).toEqual([expect.stringMatching(/^swath-test-tile-ndvi-1-[0-9a-f]{16}$/)]);
    await world.client.create(world.submission(await world.deployed({}, { image: 'registry.example.org/ndvi:2' })));
    expect(world.batch.definitions).toHaveLength(2);
    expect(new Set([...world.batch.jobs.values()].map((job) => job.jobDefinition)).size).toBe(2);
  });

  it('has the image of the package between ours, which alone see the plan', async () => {
    await run();
    const [stageIn, application, stageOut] = world.containers();
    expect([stageIn!.image, application!.image, stageOut!.image]).toEqual([service.image, 'registry.example.org/ndvi:1.2', service.image]);
    expect([stageIn!.essential, application!.essential, stageOut!.essential]).toEqual([false, false, true]);
    expect(application!.dependsOn).toEqual([{ containerName: 'stage-in', condition: 'SUCCESS' }]);
    expect(stageOut!.dependsOn).toEqual([{ containerName: 'application', condition: 'COMPLETE' }]);
    expect(application!.mountPoints).toEqual([
      { sourceVolume: 'inputs', containerPath: '/swath/in', readOnly: true },
      { sourceVolume: 'results', containerPath: '/swath/out' },
    ]);
    expect(JSON.stringify(application)).not.toContain('plan');
  });

  it('runs once, and not longer than the package says', async () => {
    await run({}, {}, { config: { jobTimeout: 90.5 } });
    expect(world.batch.definitions[0]!.definition).toMatchObject({
      timeout: { attemptDurationSeconds: 91 },
      retryStrategy: { attempts: 1 },
      platformCapabilities: ['FARGATE'],
    });
  });
});

describe('A submission that is not answered', () => {
  const create = async () => world.client.create(world.submission(await world.deployed()));

  it.each([
    ['is back-pressure where AWS takes no more', sdkError('TooManyRequestsException', 429), 'capacity'],
    ['is refused where AWS refuses it', sdkError('ClientException', 400, 'bad'), 'refused'],
    ['closes the lane where this deployment may not', sdkError('AccessDeniedException', 403), 'unavailable'],
    ['did nothing where nobody was reached', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'unavailable'],
    ['is lost at a time-out', sdkError('TimeoutError'), 'lost'],
    ['is lost at an error of AWS', sdkError('ServerException', 500), 'lost'],
  ])('%s', async (_, error, kind) => {
    world.batch.fails = { error };
    expect(await create()).toMatchObject({ kind });
  });

  it('is found by its tag when it took effect, and not doubled', async () => {
    world.batch.fails = { error: sdkError('TimeoutError'), after: true };
    expect(await create()).toMatchObject({ kind: 'lost' });
    const search = { tag: '[swath:swath-test/1.1]', process: '', from: 0, until: 0, known: new Set<string>() };
    const [job] = world.batch.jobs.keys();
    expect(await world.client.find(search)).toEqual({ kind: 'found', value: [{ platformJobId: job, raw: 'SUBMITTED', phase: 'queued' }] });
    expect(await world.client.find({ ...search, tag: '[swath:swath-test/1.2]' })).toEqual({ kind: 'found', value: [] });
  });

  it('is told from one whose name differs in capital letters only', async () => {
    const process = await world.deployed();
    await world.client.create(world.submission(process, {}, '[swath:swath-test/A.1]'));
    await world.client.create(world.submission(process, {}, '[swath:swath-test/a.1]'));
    const found = await world.client.find({ tag: '[swath:swath-test/a.1]', process, from: 0, until: 0, known: new Set() });
    expect(found).toMatchObject({ value: [{ platformJobId: [...world.batch.jobs.keys()][1] }] });
  });

  it('did nothing where it had not been sent: not even of a definition is anything lost', async () => {
    world.batch.down = sdkError('TimeoutError');
    expect(await create()).toMatchObject({ kind: 'unavailable' });
    world.batch.down = undefined;
    world.state.told = false;
    expect(await create()).toMatchObject({ kind: 'unavailable' });
    expect(world.batch.jobs.size).toBe(0);
  });
});

describe('A job', () => {
  const ended = (exitCodes: [number?, number?, number?], more = {}) => ({
    status: 'FAILED',
    containers: ['stage-in', 'application', 'stage-out'].map((name, i) => ({
      name,
      logStreamName: `${name}/1`,
      ...(exitCodes[i] === undefined ? {} : { exitCode: exitCodes[i] }),
    })),
    ...more,
  });

  it.each([
    ['SUBMITTED', 'queued'],
    ['PENDING', 'queued'],
    ['RUNNABLE', 'queued'],
    ['STARTING', 'queued'],
    ['RUNNING', 'running'],
    ['SUCCEEDED', 'successful'],
    ['FAILED', 'failed'],
    ['TO_BE_INVENTED', undefined],
  ])('that AWS calls %s is %s', async (status, phase) => {
    const id = await run();
    world.batch.becomes(id, { status });
    const read = await world.client.status(id);
    expect(read.kind === 'found' && read.value.phase).toBe(phase);
  });

  it.each([
    ['its program failed', ended([0, 3, 0], { status: 'SUCCEEDED' }), 'Its program ended with exit code 3.'],
    [
      'its program failed, and left nothing to put away',
      ended([0, 3, 4], { statusReason: 'Essential container in task exited' }),
      'Its program ended with exit code 3.',
    ],
    ['its inputs could not be fetched', ended([3]), 'Its inputs could not be fetched; the log says which.'],
    ['an output is missing', ended([0, 0, 4]), 'Its program ended well, but what its outputs'],
    ['its time was over', ended([0], { statusReason: 'Job attempt duration exceeded timeout' }), 'Job attempt duration exceeded timeout.'],
    ['nobody said why', { status: 'FAILED' }, 'The container failed and gave no reason.'],
  ])('is failed when %s', async (_, change, message) => {
    const id = await run();
    world.batch.becomes(id, change);
    const read = await world.client.status(id);
    expect(read).toMatchObject({ kind: 'found', value: { phase: 'failed' } });
    expect(read.kind === 'found' && read.value.message).toContain(message);
  });

  it('tells what AWS says of its containers', async () => {
    const id = await run();
    const containers = [{ name: 'application', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }];
    world.batch.becomes(id, { status: 'FAILED', containers });
    expect(await world.client.status(id)).toMatchObject({
      value: { message: 'Its program ended with exit code 137. application: OutOfMemoryError: Container killed due to memory usage.' },
    });
  });

  it('is stopped once, in whatever state, and then dismissed; one that has ended stays as it is', async () => {
    const id = await run();
    expect(await world.client.cancel(id)).toEqual({ kind: 'found', value: {} });
    expect(await world.client.status(id)).toMatchObject({ value: { phase: 'dismissed' } });
    await world.client.cancel(id);
    expect(world.batch.terminated).toHaveLength(1);
    expect(await world.client.cancel('unknown')).toEqual({ kind: 'missing' });
  });

  it('is listed with its tag, in pages', async () => {
    const process = await world.deployed();
    for (const n of [1, 2, 3]) await world.client.create(world.submission(process, {}, `[swath:swath-test/${n}.1]`));
    const first = await world.client.list();
    expect(first).toMatchObject({
      value: { jobs: [{ tag: '[swath:swath-test/3.1]', phase: 'queued' }, { tag: '[swath:swath-test/2.1]' }] },
    });
    const rest = await world.client.list(first.kind === 'found' ? first.value.next : '');
    expect(rest).toEqual({ kind: 'found', value: { jobs: [expect.objectContaining({ tag: '[swath:swath-test/1.1]' })] } });
  });

  it('whose state cannot be read is no news', async () => {
    const id = await run();
    world.batch.down = sdkError('ServerException', 500);
    for (const read of [world.client.status(id), world.client.cancel(id), world.client.results(id), world.client.list()])
      expect(await read).toEqual({ kind: 'unavailable', message: 'AWS Batch did not answer.' });
  });

  it('has the logs of its containers, page by page', async () => {
    const id = await run();
    world.batch.becomes(id, ended([0, 0, 4]));
    world.streams.set('application/1', [{ message: 'one', time: 0 }, { message: 'two' }, { message: 'three' }]);
    world.streams.set('stage-out/1', [{ message: 'No file was found for the output ndvi' }]);
    const messages: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await world.client.logs(id, { limit: 2, ...(after === undefined ? {} : { after }) });
      if (page.kind !== 'found') throw new Error(page.kind);
      messages.push(...page.value.entries.map(({ message }) => message));
      ({ more } = page.value);
      after = page.value.entries.at(-1)?.id;
    }
    expect(messages).toEqual(['one', 'two', 'three', 'stage-out: No file was found for the output ndvi']);
    expect(await world.client.logs(id, { limit: 1 })).toMatchObject({
      value: { entries: [{ id: 'application:0', level: 'info', time: '1970-01-01T00:00:00.000Z' }] },
    });
  });
});

describe('Results', () => {
  const line = (output: string, file: string, bytes: number, path: string) =>
    [output, file, bytes, Buffer.from(path).toString('base64')].join('\t');
  const outputs = {
    ndvi: { schema: { type: 'string', contentMediaType: 'image/tiff' } },
    mean: { schema: { type: 'number' } },
    note: { schema: { type: 'string' } },
  };

  async function done(list?: string[]): Promise<string> {
    const id = await run({}, { outputs }, { bindings: {} });
    world.batch.becomes(id, { status: 'SUCCEEDED' });
    if (list !== undefined) world.objects.set(`batch/${id}/outputs`, `${list.join('\n')}\n`);
    return id;
  }

  it('are files in the folder of the job, and values where the description announces such', async () => {
    const id = await done([
      line('ndvi', '1.tif', 9, 'a.tif'),
      line('ndvi', '2.TIF', 9, 'b.TIF'),
      line('mean', '3.txt', 4, 'mean.txt'),
      line('note', '4.txt', 3, 'n'),
    ]);
    world.objects.set(`batch/${id}/3.txt`, '0.5\n');
    world.objects.set(`batch/${id}/4.txt`, 'hi\n');
    const href = (file: string) => `s3://files/batch/${id}/${file}`;
    expect(await world.client.results(id)).toEqual({
      kind: 'found',
      value: {
        outputs: [
          { name: 'ndvi', href: href('1.tif'), title: 'a.tif', type: 'image/tiff' },
          { name: 'ndvi-2', href: href('2.TIF'), title: 'b.TIF', type: 'image/tiff' },
          { name: 'mean', value: 0.5 },
          { name: 'note', value: 'hi' },
        ],
      },
    });
  });

  it('stay files where they are not what is announced, or larger than a value', async () => {
    const id = await done([line('mean', '1.txt', 4, 'mean.txt'), line('note', '2.txt', 70_000, 'n')]);
    world.objects.set(`batch/${id}/1.txt`, 'high');
    expect(await world.client.results(id)).toMatchObject({
      value: {
        outputs: [
          { name: 'mean', type: 'text/plain' },
          { name: 'note', href: expect.any(String) },
        ],
      },
    });
  });

  it('never leave the folder of the job, whatever the list says', async () => {
    const id = await done([
      line('ndvi', '../other/1.tif', 1, 'x'),
      line('ndvi', '1/2.tif', 1, 'x'),
      'nothing',
      line('ndvi', '1.tif', 1, 'x'),
    ]);
    expect(await world.client.results(id)).toMatchObject({ value: { outputs: [{ href: `s3://files/batch/${id}/1.tif` }] } });
    for (const href of ['s3://files/users/a/workspace/x', 's3://other/batch/1/1.tif', 's3://files/batch/../users/x', 'https://x.example/'])
      expect(await world.client.openAsset(href)).toMatchObject({ kind: 'refused' });
  });

  it('are there after a job that ended well only', async () => {
    expect(await world.client.results(await done())).toEqual({ kind: 'missing' });
    expect(await world.client.results(await run())).toMatchObject({ kind: 'unavailable' });
    expect(await world.client.results('unknown')).toEqual({ kind: 'missing' });
  });

  it('can be opened', async () => {
    world.objects.set('batch/1/1.tif', 'pixels');
    expect(await world.client.openAsset('s3://files/batch/1/1.tif')).toMatchObject({ kind: 'found', bytes: 6 });
    expect(await world.client.openAsset('s3://files/batch/1/2.tif')).toEqual({ kind: 'missing' });
  });
});

it('Deployed processes are described to whoever names their revision, and listed to nobody', async () => {
  const process = await world.deployed();
  expect(await world.client.describe(process)).toMatchObject({ kind: 'found', value: { title: 'NDVI of tiles' } });
  expect(await world.client.describe('echo')).toEqual({ kind: 'missing' });
  expect(await world.client.listProcesses()).toEqual({ kind: 'found', value: [] });
});

it('A synchronous call becomes a job', async () => {
  expect(await world.client.execute(world.submission(await world.deployed()))).toMatchObject({
    kind: 'done',
    platformJobId: expect.any(String),
  });
});
