import { describe, expect, it } from '@jest/globals';
import type { ProcessDocument } from '../../../lambdas/platforms/openeo/model.ts';
import { argumentsOf } from '../../../lambdas/platforms/openeo/rules/boxes.ts';
import { jobBody } from '../../../lambdas/platforms/openeo/rules/graph.ts';
import { newest } from '../../../lambdas/platforms/openeo/rules/versions.ts';

const subtypes = (...all: string[]) => all.map((subtype) => ({ type: 'object', subtype }));
const parameters = [
  { name: 'extent', schema: subtypes('bounding-box', 'datacube') },
  { name: 'single', schema: subtypes('bounding-box')[0]! },
  { name: 'either', schema: subtypes('bounding-box', 'geojson') },
  { name: 'area', schema: subtypes('geojson')[0]! },
  { name: 'plain' },
];
const ring = [
  [3, 50],
  [5, 50],
  [5, 52, 100],
  [3, 50],
];
const polygon = { type: 'Polygon', coordinates: [ring] };
const box = { west: 3, south: 50, east: 5, north: 52 };
const feature = { type: 'Feature', geometry: polygon, properties: {} };
const far = {
  type: 'MultiPolygon',
  coordinates: [
    [
      [
        [-10, -5],
        [-9, -5],
        [-9, -4],
        [-10, -5],
      ],
    ],
  ],
};

describe('arguments', () => {
  it.each([
    ['a polygon', polygon, box],
    ['a feature', feature, box],
    ['a collection of features', { type: 'FeatureCollection', features: [feature] }, box],
    ['several areas', { type: 'GeometryCollection', geometries: [polygon, far] }, { west: -10, south: -5, east: 5, north: 52 }],
    ['four numbers', [3, 50, 5, 52], box],
    ['a box', { ...box, crs: 4326 }, { ...box, crs: 4326 }],
    ['nothing', null, null],
    ['a point, which is no area', { type: 'Point', coordinates: [3, 50] }, { type: 'Point', coordinates: [3, 50] }],
    ['an empty polygon', { type: 'Polygon', coordinates: [] }, { type: 'Polygon', coordinates: [] }],
  ])('take %s where a box is wanted', (_, value, expected) => {
    expect(argumentsOf({ extent: value, single: value }, parameters)).toEqual({ extent: expected, single: expected });
  });

  it('leave GeoJSON alone where the process takes it, and what the process does not describe', () => {
    const inputs = { either: polygon, area: polygon, plain: polygon, other: [3, 50, 5, 52] };
    expect(argumentsOf(inputs, parameters)).toEqual(inputs);
  });
});

describe('the body of a job', () => {
  const submission = { tag: '[swath:test/1.1]', process: 'p', title: 'A job', inputs: {} };
  const document: ProcessDocument = { id: 'p', process_graph: { a: { process_id: 'mean' } } };

  it('has the job options that the process comes with', () => {
    const options = { 'driver-memory': '1g' };
    expect(jobBody({ document: { ...document, default_job_options: options } }, submission)).toMatchObject({ job_options: options });
    expect(jobBody({ document }, submission)).not.toHaveProperty('job_options');
  });

  it('saves nothing where no format was asked for', () => {
    expect(jobBody({ document }, submission)).toMatchObject({ process: { process_graph: { process: { result: true } } } });
  });

  it.each([
    ['geojson', 'GeoJSON'],
    ['json', 'JSON'],
    ['zarr', 'zarr'],
  ])('asks for %s as %s', (format, named) => {
    const body = jobBody({ document }, { ...submission, format });
    expect(body).toHaveProperty('process.process_graph.save.arguments.format', named);
  });
});

describe('the version to speak', () => {
  const of = (version: string, production?: boolean) => ({
    ...{ url: `https://x.example/${version}`, api_version: version },
    ...(production === undefined ? {} : { production }),
  });
  it.each([
    [['1.0.0', '1.10.0', '1.2.0'], '1.10.0'],
    [['1.3.0-rc.1', '1.2.0'], '1.3.0-rc.1'],
    [['1.3.0', '1.3.0-rc.2'], '1.3.0'],
    [['0.4.2', '1.1.0', '2.0.0'], '1.1.0'],
    [['0.4.2', '2.0.0', 'latest'], undefined],
    [[], undefined],
  ])('of %j is %j', (versions, expected) => {
    expect(newest(versions.map((version) => of(version)))?.api_version).toBe(expected);
  });

  it('is one for production where there is one', () => {
    expect(newest([of('1.3.0', false), of('1.1.0', true), of('1.2.0', true)])?.api_version).toBe('1.2.0');
  });
});

describe('The graph of a package', () => {
  const document = {
    id: 'package:a@1',
    parameters: [
      { name: 'area', schema: subtypes('bounding-box')[0]! },
      { name: 'bands', default: ['B04'] },
      { name: 'nothing', optional: true },
    ],
    process_graph: {
      load: {
        process_id: 'load_collection',
        arguments: { spatial_extent: { from_parameter: 'area' }, bands: { from_parameter: 'bands' }, x: { from_parameter: 'nothing' } },
      },
      reduce: {
        process_id: 'reduce_dimension',
        arguments: {
          data: { from_node: 'load' },
          reducer: { process_graph: { mean: { process_id: 'mean', arguments: { data: { from_parameter: 'data' } }, result: true } } },
        },
        result: true,
      },
    },
  } as ProcessDocument;
  const submission = { tag: '[swath:a/b.1]', process: document.id, title: 'a', inputs: { area: polygon }, format: 'gtiff' };

  it('is sent with its arguments in place of its parameters, and saves its result', () => {
    const { process } = jobBody({ document, inline: true }, submission) as { process: { process_graph: Record<string, unknown> } };
    expect(process.process_graph).toMatchObject({
      load: { arguments: { spatial_extent: box, bands: ['B04'], x: null } },
      reduce: { arguments: { reducer: { process_graph: { mean: { arguments: { data: { from_parameter: 'data' } } } } } }, result: false },
      save: { process_id: 'save_result', arguments: { data: { from_node: 'reduce' }, format: 'GTiff' }, result: true },
    });
  });

  it('saves once where it saves by itself', () => {
    const saving = {
      ...document,
      process_graph: { ...document.process_graph, mine: { process_id: 'save_result', arguments: {}, result: true } },
    };
    const { process } = jobBody({ document: saving, inline: true }, submission) as { process: { process_graph: Record<string, unknown> } };
    expect(Object.keys(process.process_graph)).toEqual(['load', 'reduce', 'mine']);
  });
});
