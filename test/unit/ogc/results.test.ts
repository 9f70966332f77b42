import { describe, expect, it } from '@jest/globals';
import type { Wanted } from '../../../lambdas/dispatch/model.ts';
import { outputsOf, writeOne, writeResults } from '../../../lambdas/ogc/rules/results.ts';

const item = {
  properties: { 'swath:outputs': { number: 4.5, text: 'a,b', object: { a: 1 }, list: [1, 2] } },
  assets: {
    file: { href: 'https://files.example/a.tif', type: 'image/tiff' },
    picture: { href: 'https://files.example/a.png', type: 'image/png' },
  },
};
const described = [{ name: 'text', schema: { type: 'string', contentMediaType: 'text/csv' } }];
const results = 'https://api.example/jobs/1/results';
const write = (wanted: Wanted) => writeResults(outputsOf(item, wanted.outputs, described), wanted, results, 'swath-1');
const value = { transmission: 'value' } as const;
const reference = { transmission: 'reference' } as const;

describe('Raw results', () => {
  it('of one value are the value in its media type', () => {
    expect(write({ outputs: { number: value } })).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body: '4.5' });
    expect(write({ outputs: { text: {} } })).toEqual({ status: 200, headers: { 'content-type': 'text/csv' }, body: 'a,b' });
  });

  it('of one file lead to the file', () =>
    expect(write({ response: 'raw', outputs: { file: {} } })).toEqual({
      status: 303,
      headers: { location: 'https://files.example/a.tif' },
    }));

  it('of several are multipart/related, a part for each under its name', () => {
    const { status, headers, body } = write({ outputs: { number: {}, object: {}, file: {} } });
    expect({ status, headers }).toEqual({ status: 200, headers: { 'content-type': 'multipart/related; boundary=swath-1' } });
    expect(body).toBe(
      [
        ...['--swath-1', 'Content-Type: application/json', 'Content-ID: <number>', '', '4.5'],
        ...['--swath-1', 'Content-Type: application/json', 'Content-ID: <object>', '', '{"a":1}'],
        ...['--swath-1', 'Content-Type: image/tiff', 'Content-ID: <file>', 'Content-Location: https://files.example/a.tif', '', ''],
        ...['--swath-1--', ''],
      ].join('\r\n'),
    );
  });

  it('by reference are links of an empty answer, of values too', () =>
    expect(write({ outputs: { file: reference, text: reference } })).toEqual({
      status: 204,
      headers: { link: `<https://files.example/a.tif>; rel="file"; type="image/tiff", <${results}/text>; rel="text"; type="text/csv"` },
    }));

  it('partly by reference are multipart, where a link is a part without a body', () => {
    const { headers, body } = write({ outputs: { number: value, text: reference } });
    expect(headers).toEqual({ 'content-type': 'multipart/related; boundary=swath-1' });
    expect(body).toContain(`Content-ID: <text>\r\nContent-Location: ${results}/text\r\n\r\n\r\n--swath-1--`);
  });

  it('of nothing are empty', () => expect(write({ outputs: {} })).toEqual({ status: 204 }));
});

describe('A document of results', () => {
  it('holds values, wrapped objects and links by the names of all outputs', () =>
    expect(write({ response: 'document' }).body).toEqual({
      file: { href: 'https://files.example/a.tif', type: 'image/tiff' },
      picture: { href: 'https://files.example/a.png', type: 'image/png' },
      number: 4.5,
      text: { value: 'a,b', mediaType: 'text/csv' },
      object: { value: { a: 1 } },
      list: [1, 2],
    }));

  it('holds links where they are asked for, and only the outputs that are', () =>
    expect(write({ response: 'document', outputs: { object: reference, number: value } })).toMatchObject({
      status: 200,
      body: { object: { href: `${results}/object`, type: 'application/json' }, number: 4.5 },
    }));
});

it('One output alone cannot end its header', () => {
  const { headers } = writeResults(
    [{ name: 'a"\r\nx: y', href: 'https://x.example/>' }],
    { outputs: { 'a"\r\nx: y': reference } },
    results,
    'b',
  );
  expect(headers).toEqual({ link: '<https://x.example/%3E>; rel="ax: y"' });
  expect(writeOne({ name: 'n', value: null })).toMatchObject({ status: 200, body: 'null' });
});
