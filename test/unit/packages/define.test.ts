import { describe, expect, it } from '@jest/globals';
import { Platform } from '../../../lambdas/platforms/model.ts';
import type { Container, Definition } from '../../../lambdas/platforms/packages/model.ts';
import { definitionOf } from '../../../lambdas/ogc/packages/use-cases/define.ts';
import { aPackage, failure, packageWorld, url, type Json } from '../../support/packages.ts';

const define = (body: Json, down?: string[], id?: string): Promise<Definition> => definitionOf(packageWorld(down).deps, body, id);
/** The places of a package's faults. */
const faults = async (body: Json): Promise<string[]> => (await failure(define(body))).split(' ').slice(2);
const messages = (body: Json): Promise<string> =>
  define(body).then(
    () => 'nothing was thrown',
    ({ errors }: { errors: { message: string }[] }) => errors.map(({ message }) => message).join(' '),
  );
const inPackage = (more: Json): Json => aPackage('tile-ndvi', more);
const withUnit = (more: Json): Json => aPackage('tile-ndvi', {}, more);

/** The same process as `aPackage`, in the older dialect throughout. */
const older: Json = {
  processDescription: {
    ...{ id: 'tile-ndvi', processVersion: '1.2.0', title: 'NDVI of tiles', abstract: 'Of each tile', license: { href: 'Apache-2.0' } },
    inputs: [
      {
        ...{ id: 'scene', title: 'Scene', formats: [{ mimeType: 'image/tiff' }], minOccurs: '1', maxOccurs: '1' },
        additionalParameters: [
          { role: 'http://example.org/roles/other', parameters: [] },
          {
            role: 'inputBinding',
            parameters: [
              { name: 'prefix', values: ['--scene'] },
              { name: 'position', values: ['1'] },
            ],
          },
        ],
      },
      {
        ...{ id: 'bands', minOccurs: '1', maxOccurs: 'unbounded', literalDataDomains: [{ dataType: { name: 'integer' } }] },
        additionalParameters: {
          role: 'inputBindings',
          parameters: [
            { name: 'prefix', value: '--bands' },
            { name: 'separate', values: ['false'] },
          ],
        },
      },
      {
        ...{ id: 'scale', minOccurs: '0' },
        literalDataDomains: [
          {
            dataType: { reference: 'http://www.w3.org/2001/XMLSchema#double' },
            ...{ allowedValues: [{ minimumValue: '0', maximumValue: '10' }], defaultValue: '1.5' },
          },
        ],
      },
      { id: 'mode', literalDataDomains: [{ valueDefinition: { allowedValues: ['fast', 'exact'] } }] },
      { id: 'window', supportedCRS: [{ crs: 'CRS84' }] },
      { id: 'table', formats: [{ mimeType: 'text/csv' }, { mimeType: 'application/geo+json', default: true }] },
    ],
    outputs: [
      {
        ...{ id: 'ndvi', formats: [{ mimeType: 'image/tiff' }] },
        additionalParameters: [{ role: 'outputBinding', parameters: [{ name: 'glob', values: ['*.tif', '*.tiff'] }] }],
      },
    ],
  },
  jobControlOptions: ['async-execute'],
  outputTransmission: ['reference'],
  executionUnit: [{ type: 'docker', unit: 'registry.example.org/ndvi:1.2', config: { cpuMin: '1', memoryMin: '2' } }],
  deploymentProfileName: 'http://www.opengis.net/profiles/eoc/dockerizedApplication',
};

describe('A package in the form of Part 2', () => {
  it('is described and bound as it says', async () => {
    const { description, unit } = await define(aPackage());
    expect(description).toMatchObject({ id: 'tile-ndvi', jobControlOptions: ['sync-execute', 'async-execute'] });
    expect(unit).toEqual({
      ...{ kind: 'container', type: 'docker', image: 'registry.example.org/ndvi:1.2', config: { cpuMin: 1, memoryMin: 2 } },
      inputBindings: { scene: { prefix: '--scene', position: 1 }, bands: { prefix: '--bands', itemSeparator: ',' } },
      outputBindings: { ndvi: { glob: ['*.tif'] } },
    });
  });
});

describe('A package in the older dialect', () => {
  it('comes to the same form', async () => {
    const { description, unit } = await define(older);
    expect(description).toMatchObject({
      ...{ id: 'tile-ndvi', version: '1.2.0', description: 'Of each tile', license: 'Apache-2.0' },
      ...{ jobControlOptions: ['async-execute'], outputTransmission: ['reference'] },
      inputs: [
        {
          name: 'scene',
          title: 'Scene',
          optional: false,
          schema: { type: 'string', contentEncoding: 'binary', contentMediaType: 'image/tiff' },
        },
        { name: 'bands', several: { minOccurs: 1, maxOccurs: 'unbounded', schema: { type: 'integer' } } },
        { name: 'scale', optional: true, default: 1.5, schema: { type: 'number', minimum: 0, maximum: 10 } },
        { name: 'mode', optional: false, schema: { type: 'string', enum: ['fast', 'exact'] } },
        { name: 'window', schema: { type: 'object', format: 'ogc-bbox' } },
        { name: 'table', schema: { oneOf: [{ type: 'string', contentMediaType: 'text/csv' }, { type: 'object' }] } },
      ],
      outputs: [{ name: 'ndvi' }],
    });
    expect(unit).toEqual({
      ...{ kind: 'container', type: 'docker', image: 'registry.example.org/ndvi:1.2', config: { cpuMin: 1, memoryMin: 2 } },
      inputBindings: { scene: { prefix: '--scene', position: 1 }, bands: { prefix: '--bands', separate: false } },
      outputBindings: { ndvi: { glob: ['*.tif', '*.tiff'] } },
    });
  });

  it('tells faults where its author wrote them', async () => {
    const broken = structuredClone(older) as { processDescription: { inputs: Json[] }; executionUnit: Json[] };
    Object.assign(broken.processDescription.inputs[0]!, { minOccurs: 'many', formats: [{ mime: 'image/tiff' }] });
    Object.assign(broken.processDescription.inputs[1]!, { id: 'scene' });
    Object.assign(broken.executionUnit[0]!, { unit: 'not an image' });
    expect(await faults(broken as unknown as Json)).toEqual([
      '/processDescription/inputs/1/id',
      '/processDescription/inputs/0/formats/0',
      '/processDescription/inputs/0/minOccurs',
      '/executionUnit/0/unit',
    ]);
  });
});

describe('Faults of a package', () => {
  const at = '/processDescription/process';
  const bindings = '/executionUnit/bindings';
  const bound = (inputBindings: Json, more: Json = {}): Json => withUnit({ bindings: { inputBindings }, ...more });
  it.each<[string, Json, string[]]>([
    ['no unit', { processDescription: { id: 'a' } }, ['/executionUnit']],
    ['nothing at all', {}, ['/executionUnit', '/processDescription']],
    ['no units in the list', { ...aPackage(), executionUnit: [] }, ['/executionUnit']],
    ['several units', { ...aPackage(), executionUnit: [{ href: 'a' }, { href: 'b' }] }, ['/executionUnit']],
    ['a unit of another type', withUnit({ type: 'slurm' }), ['/executionUnit/type']],
    ['a unit that says nothing', { ...aPackage(), executionUnit: { test: 'x.cwl' } }, ['/executionUnit']],
    [
      'a unit in CWL',
      { ...aPackage(), executionUnit: { value: { cwlVersion: 'v1.2' }, mediaType: 'application/cwl+json' } },
      ['/executionUnit/value'],
    ],
    ['no image', withUnit({ image: undefined }), ['/executionUnit/image']],
    ['an image that is none', withUnit({ image: 'a b; rm -rf /' }), ['/executionUnit/image']],
    ['a GPU', withUnit({ config: { gpuMin: 1 } }), ['/executionUnit/config/gpuMin']],
    ['more CPUs than any environment has', withUnit({ config: { cpuMin: 64 } }), ['/executionUnit/config/cpuMin']],
    ['more memory than any environment has', withUnit({ config: { memoryMin: 500 } }), ['/executionUnit/config/memoryMin']],
    ['more memory than is left beside what brings inputs', withUnit({ config: { memoryMin: 120 } }), ['/executionUnit/config/memoryMin']],
    [
      'more storage than any environment has, in two parts',
      withUnit({ config: { storageTempMin: 150, storageOutputsMin: 51 } }),
      ['/executionUnit/config/storageOutputsMin'],
    ],
    ['more time than any environment gives', withUnit({ config: { jobTimeout: 15 * 86_400 } }), ['/executionUnit/config/jobTimeout']],
    ['an image whose name is too long', withUnit({ image: `registry.example.org/${'a'.repeat(250)}` }), ['/executionUnit/image']],
    ['less at most than at least', withUnit({ config: { cpuMin: 4, cpuMax: 2 } }), ['/executionUnit/config/cpuMax']],
    ['a number that is none', withUnit({ config: { cpuMin: 'two' } }), ['/executionUnit/config/cpuMin']],
    ['a command that has to be guessed', withUnit({ config: { command: 'sh -c "a b"' } }), ['/executionUnit/config/command']],
    ['an id with a colon', aPackage('a:b'), [`${at}/id`]],
    ['no id', inPackage({ id: undefined }), [`${at}/id`]],
    ['a description that is none', { ...aPackage(), processDescription: 'NDVI' }, ['/processDescription']],
    [
      'an input without a schema',
      inPackage({ inputs: { scene: {} }, outputs: {} }),
      [`${at}/inputs/scene/schema`, `${bindings}/inputBindings/bands`, `${bindings}/outputBindings/ndvi`],
    ],
    ['a schema that is none', inPackage({ outputs: { ndvi: { schema: { type: 'picture' } } } }), [`${at}/outputs/ndvi/schema`]],
    [
      'at most less than at least',
      inPackage({ inputs: { scene: { schema: {}, minOccurs: 3, maxOccurs: 2 }, bands: { schema: {} } } }),
      [`${at}/inputs/scene/maxOccurs`],
    ],
    ['an unknown way to run', inPackage({ jobControlOptions: ['sometimes'] }), [`${at}/jobControlOptions/0`]],
    ['a binding of an input that is not there', bound({ red: { prefix: '-r' } }), [`${bindings}/inputBindings/red`]],
    [
      'a binding of an output that is not there',
      withUnit({ bindings: { outputBindings: { evi: { glob: '*' } } } }),
      [`${bindings}/outputBindings/evi`],
    ],
    ['an unknown word in a binding', bound({ scene: { prefx: '-r' } }), [`${bindings}/inputBindings/scene/prefx`]],
    ['a prefix that is no text', bound({ scene: { prefix: 1 } }), [`${bindings}/inputBindings/scene/prefix`]],
    ['an expression in JavaScript', bound({ scene: { valueFrom: '${return 1}' } }), [`${bindings}/inputBindings/scene/valueFrom`]],
    [
      'an expression with an unknown input',
      bound({ scene: { position: '$(inputs.place)' } }),
      [`${bindings}/inputBindings/scene/position`],
    ],
    ['a shell without a command', bound({ scene: { shellQuote: false } }), ['/executionUnit/config/command']],
    ['an output without a pattern', withUnit({ bindings: { outputBindings: { ndvi: {} } } }), [`${bindings}/outputBindings/ndvi/glob`]],
    [
      'a pattern that leads outside',
      withUnit({ bindings: { outputBindings: { ndvi: { glob: '../*' } } } }),
      [`${bindings}/outputBindings/ndvi/glob`],
    ],
    ['a link to nowhere', { ...aPackage(), executionUnit: { href: 'https://elsewhere.example/processes/a' } }, ['/executionUnit/href']],
    [
      'a link to a process that is not there',
      { ...aPackage(), executionUnit: { href: 'https://one.example/processes/none' } },
      ['/executionUnit/href'],
    ],
    ['a link to a deployed process', { ...aPackage(), executionUnit: { href: `${url}/processes/tile:ndvi` } }, ['/executionUnit/href']],
  ])('%s', async (_, body, places) => expect(await faults(body)).toEqual(places));

  it('are all told at once', async () =>
    expect(await faults(aPackage('a:b', { outputs: { ndvi: {} } }, { image: '?', config: { gpu: 1 } }))).toHaveLength(4));
  it('say what could be done', async () => {
    expect(await messages(withUnit({ type: 'slurm' }))).toMatch(/docker or oci.*href.*process_graph/);
    expect(await messages({ executionUnit: { type: 'docker', image: 'a' } })).toMatch(/a container does not say by itself/);
  });
});

describe('A package without a description', () => {
  it('has that of the process that it links to', async () => {
    const { description, unit } = await define({ executionUnit: { href: 'https://one.example/processes/everything' } });
    expect(unit).toEqual({ kind: 'process', platform: 'one', process: 'everything' });
    expect(description).toMatchObject({ id: 'everything', title: 'Everything', version: '2.1.0', keywords: ['test'] });
    expect(description.inputs?.map(({ name }) => name)).toContain('bands');
    expect(description.outputs?.map(({ name }) => name)).toEqual(['file', 'number']);
  });

  it('may say a part, and has the rest from the process', async () => {
    const { description } = await define({
      processDescription: { id: 'mine', title: 'Mine' },
      executionUnit: { href: `${url}/processes/echo` },
    });
    expect(description).toMatchObject({ id: 'mine', title: 'Mine' });
    expect(description.inputs?.length).toBeGreaterThan(3);
  });

  it('waits for its platform to answer', async () =>
    expect(await failure(define({ executionUnit: { href: 'https://one.example/processes/everything' } }, ['one']))).toBe(
      '503 PLATFORM_UNAVAILABLE',
    ));
});

describe('A description beside a process', () => {
  const href = 'https://one.example/processes/everything';
  it('names only inputs and outputs that it has, and all that it needs', async () => {
    const inputs = { text: { schema: { type: 'string' } }, colour: { schema: {} } };
    expect(await faults({ processDescription: { id: 'a', inputs, outputs: { none: { schema: {} } } }, executionUnit: { href } })).toEqual([
      '/processDescription/inputs/colour',
      '/processDescription/outputs/none',
      '/processDescription/inputs',
    ]);
  });
});

describe("An author's hints for clients", () => {
  const withInput = (input: Json) =>
    aPackage('hinted', { inputs: { scene: { schema: { type: 'string' }, ...input } }, outputs: {} }, { bindings: {} });
  const clientHints = { widget: 'workspace-file', order: 1 };
  it.each([
    ['of the input', { clientHints }],
    ['of its inner object', { input: { clientHints } }],
  ])('are kept: %s', async (_, input) => expect((await define(withInput(input))).description.inputs?.[0]).toMatchObject({ clientHints }));
  it('are an object', async () =>
    expect(await faults(withInput({ clientHints: ['a'] }))).toEqual(['/processDescription/process/inputs/scene/clientHints']));
});

it('A container keeps the words of its command', async () => {
  const { unit } = await define(withUnit({ config: { command: 'python3  run.py' } }));
  expect((unit as Container).command).toEqual(['python3', 'run.py']);
});

describe('A process graph', () => {
  const graph = { add: { process_id: 'add', arguments: { x: { from_parameter: 'a' }, y: 1 }, result: true } };
  const document = { id: 'plus', summary: 'Plus one', parameters: [{ name: 'a', schema: { type: 'number' } }], process_graph: graph };
  const openEo = Platform.parse({ id: 'eo', kind: 'openeo', title: 'EO', baseUrl: 'https://eo.example' });
  const defined = (unit: Json, platforms = [openEo]) => {
    const { deps } = packageWorld();
    const registered = platforms.map((one) => ({ ...one, state: 'active', version: 1 }) as const);
    return definitionOf(
      { ...deps, catalogue: { ...deps.catalogue, platforms: async () => registered } },
      { executionUnit: unit },
      undefined,
    );
  };

  it('describes itself, and runs on the openEO back-end', async () => {
    const { description, unit } = await defined({ value: document, mediaType: 'application/json' });
    expect(unit).toEqual({ kind: 'graph', platform: 'eo', document });
    expect(description).toMatchObject({
      id: 'plus',
      title: 'Plus one',
      inputs: [{ name: 'a', optional: false, schema: { type: 'number' } }],
    });
    expect(description).not.toHaveProperty('outputs');
  });

  it.each<[string, Json, string]>([
    ['no result', { ...document, process_graph: { add: { ...graph.add, result: false } } }, '/executionUnit/unit/process_graph'],
    ['no nodes', { ...document, process_graph: {} }, '/executionUnit/unit/process_graph'],
    ['a node that is none', { ...document, process_graph: { add: { result: true } } }, '/executionUnit/unit/process_graph/add/process_id'],
    ['a parameter that is not declared', { ...document, parameters: [] }, '/executionUnit/unit/process_graph'],
  ])('is refused with %s', async (_, unit, place) => expect(await failure(defined({ type: 'openeo', unit }))).toContain(place));

  it('needs a back-end, and to be told which of several', async () => {
    expect(await failure(defined({ unit: document }, []))).toContain('/executionUnit/unit');
    const two = [openEo, { ...openEo, id: 'other' }];
    expect(await failure(defined({ unit: document }, two))).toContain('/executionUnit/unit');
    expect((await defined({ unit: document, platform: 'other' }, two)).unit).toMatchObject({ platform: 'other' });
  });
});
