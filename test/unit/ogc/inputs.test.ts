import { describe, expect, it } from '@jest/globals';
import { valueFaults } from '../../../lambdas/ogc/ajv.ts';
import { TepExecute } from '../../../lambdas/ogc/model.ts';
import { inputsFor, requestFaults } from '../../../lambdas/ogc/rules/inputs.ts';
import { fromTep } from '../../../lambdas/ogc/rules/tep.ts';
import { echo } from '../../../lambdas/platforms/builtin/process-echo.ts';
import { urlFault } from '../../../lambdas/shared/url-guard.ts';
import { everything } from '../../support/catalogue.ts';

const url = (href: string) => urlFault(href, { schemes: ['https:'], loopback: false });
const judges = { values: valueFaults, url };
const needed = { text: 'a', bands: ['red'] };
/** Faults of a request for `everything` as `pointer message`. */
const faults = (inputs: object, outputs?: Parameters<typeof requestFaults>[0]['outputs']) =>
  requestFaults({ inputs: { ...needed, ...inputs }, outputs }, everything, judges).map(({ pointer, message }) => `${pointer} ${message}`);

describe('Inputs in every form of the standard', () => {
  it.each([
    ['a literal', { count: 3 }],
    ['a qualified value', { count: { value: 3 } }],
    ['a qualified value with its format nested', { image: { value: 'AAAA', format: { mediaType: 'image/tiff' } } }],
    ['a list of values', { bands: ['red', { value: 'nir' }] }],
    ['one value where several may come', { bands: 'red' }],
    ['a box', { window: { bbox: [-35, -8.2, -34.8, -7.9] } }],
    ['a box with heights and the CRS as URN', { window: { bbox: [1, 2, 0, 3, 4, 9], crs: 'urn:ogc:def:crs:OGC::CRS84h' } }],
    ['a box across the antimeridian', { window: { bbox: [170, -10, -170, 10] } }],
    ['a file as base64', { image: 'SUkqAA==' }],
    ['a file by reference', { image: { href: 'https://example.org/a.tif', type: 'image/tiff; application=geotiff' } }],
    ['a wrapped object', { options: { value: { a: 1 } } }],
    ['a bare object', { options: { a: 1 } }],
    ['nothing where nothing is possible', { maybe: null }],
  ])('%s is taken', (_, inputs) => expect(faults(inputs)).toEqual([]));

  it.each([
    ['a value of the wrong type', { count: 'five' }, ['/inputs/count It must be integer.']],
    ['a value at an exclusive bound', { count: 0 }, ['/inputs/count It must be > 0.']],
    ['a value over its bound, qualified', { count: { value: 11 } }, ['/inputs/count/value It must be <= 10.']],
    ['another word than the only one', { mode: 'slow' }, ['/inputs/mode Must be one of "fast".']],
    ['too many values', { bands: ['a', 'b', 'c', 'd'] }, ['/inputs/bands At most 3 values are taken, 4 came.']],
    ['no value', { bands: [] }, ['/inputs/bands At least 1 values are needed, 0 came.']],
    ['one bad value of several', { bands: ['a', 2] }, ['/inputs/bands/1 It must be string.']],
    ['a list for one value', { text: ['a', 'b'] }, ['/inputs/text It must be string.']],
    ['a fault inside an object', { options: { value: { a: 'x' } } }, ['/inputs/options/value/a It must be number.']],
    ['what is not base64', { image: 'not base64!' }, ['/inputs/image This is not base64.']],
    [
      'another media type',
      { image: { href: 'https://example.org/a.png', type: 'image/png' } },
      ['/inputs/image The media type image/png does not fit: image/tiff is taken.'],
    ],
    [
      'swapped corners',
      { window: { bbox: [10, 50, 5, 40] } },
      ['/inputs/window/bbox The corners are swapped: the south (50) lies north of the north (40).'],
    ],
    [
      'a box of five numbers',
      { window: { bbox: [1, 2, 3, 4, 5] } },
      ['/inputs/window/bbox Must be 4 or 6 numbers: west, south(, lowest), east, north(, highest).'],
    ],
    [
      'a box in metres',
      { window: { bbox: [0, 0, 500000, 10], crs: 'EPSG:32625' } },
      [
        '/inputs/window/crs Only CRS84 is taken: longitude and latitude.',
        '/inputs/window/bbox Longitudes go from -180 to 180, latitudes from -90 to 90.',
      ],
    ],
    [
      'an internal address',
      { image: { href: 'https://169.254.169.254/' } },
      ['/inputs/image/href This URL leads to an internal address, which is not called.'],
    ],
    [
      'an input that does not exist',
      { nothing: 1 },
      ['/inputs/nothing There is no such input, only: text, count, mode, maybe, bands, window, image, options, shape.'],
    ],
  ])('%s is refused', (_, inputs, expected) => expect(faults(inputs)).toEqual(expected));

  it('that are missing are each named', () => {
    const all = requestFaults({ inputs: {} }, everything, judges);
    expect(all.map(({ pointer, message }) => `${pointer} ${message}`)).toEqual([
      '/inputs/text This input is required.',
      '/inputs/bands This input is required.',
    ]);
  });

  it('are not judged where the platform does not describe them', () =>
    expect(requestFaults({ inputs: { anything: 1 } }, { id: 'bare' }, judges)).toEqual([]));

  it('are judged under the JSON Schema of the built-in process as well', () => {
    const inputs = { integer: 1.5, choice: 'pink', pause: 601, link: { href: 'https://example.org/' }, date: 'yesterday' };
    const found = requestFaults({ inputs }, echo, judges).map(({ pointer }) => pointer);
    expect([...new Set(found)]).toEqual(['/inputs/integer', '/inputs/choice', '/inputs/date', '/inputs/pause']);
  });
});

describe('Wanted outputs', () => {
  it('must exist, in a format that there is', () => {
    expect(faults({}, { file: {}, number: {} })).toEqual([]);
    expect(faults({}, { none: {} })).toEqual(['/outputs/none There is no such output, only: file, number.']);
    expect(faults({}, { file: { format: { mediaType: 'image/png' } } })).toEqual([
      '/outputs/file The media type image/png does not fit: image/tiff is taken.',
    ]);
  });
});

describe('What the platform gets', () => {
  const inputs = { a: { value: 3 }, b: { value: { x: 1 } }, c: [{ value: 1 }, 2], d: { value: 'AA', mediaType: 'image/tiff' } };
  it('is unwrapped where nothing more is said, on a platform of this standard', () =>
    expect(inputsFor('ogc-processes', inputs)).toEqual({
      a: 3,
      b: { value: { x: 1 } },
      c: [1, 2],
      d: { value: 'AA', mediaType: 'image/tiff' },
    }));
  it('are values alone elsewhere', () => expect(inputsFor('openeo', inputs)).toEqual({ a: 3, b: { x: 1 }, c: [1, 2], d: 'AA' }));
});

describe("A request in the TEP design's own dialect", () => {
  const none = { respondAsync: false };
  it('has its entries by name, a repeated one as several values', () => {
    const body = TepExecute.parse({
      inputs: [
        { id: 'text', value: 'a' },
        { id: 'bands', value: 'red' },
        { id: 'bands', value: 'nir' },
        { id: 'image', href: 'https://files.example/a.tif', type: 'image/tiff' },
        { id: 'window', bbox: [1, 2, 3, 4] },
        { id: 'options', value: { a: 1 } },
        { id: 'old', input: { value: 5 } },
      ],
      outputs: [{ id: 'file', format: { mimeType: 'image/tiff' }, transmissionMode: 'reference' }, { id: 'number' }],
      response: 'document',
    });
    expect(fromTep(body, none).execute).toEqual({
      inputs: {
        text: 'a',
        bands: ['red', 'nir'],
        image: { href: 'https://files.example/a.tif', type: 'image/tiff' },
        window: { bbox: [1, 2, 3, 4] },
        options: { value: { a: 1 } },
        old: { value: 5 },
      },
      outputs: { file: { format: { mediaType: 'image/tiff' }, transmissionMode: 'reference' }, number: {} },
      response: 'document',
    });
  });

  it("may hold the standard's objects", () => {
    const body = TepExecute.parse({ inputs: { text: 'a' }, outputs: { file: {} } });
    expect(fromTep(body, none).execute).toEqual({ inputs: { text: 'a' }, outputs: { file: {} } });
    expect(fromTep(TepExecute.parse({}), none).execute).toEqual({ inputs: {} });
  });

  it.each([
    ['async', false, true],
    ['sync', true, false],
    ['auto', true, true],
    [undefined, false, false],
  ] as const)('with mode %s where Prefer says %s is asynchronous: %s', (mode, respondAsync, expected) =>
    expect(fromTep({ mode }, { respondAsync }).prefer.respondAsync).toBe(expected),
  );
});
