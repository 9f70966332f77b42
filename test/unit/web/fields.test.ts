import { describe, expect, it } from '@jest/globals';
import { hintsOf, inOrder, kindOf, valueOf, type Input, type Kind } from '../../../web/fields.ts';

describe('An input is asked for', () => {
  it.each<[string, Partial<Input>, Kind]>([
    ['by a list of choices', { schema: { type: 'string', enum: ['a', 'b'] } }, 'choice'],
    ['by yes or no', { schema: { type: 'boolean' } }, 'yes-no'],
    ['as a whole number', { schema: { type: 'integer' } }, 'whole'],
    ['as a number', { schema: { type: 'number' } }, 'number'],
    ['as a day', { schema: { type: 'string', format: 'date' } }, 'date'],
    ['as a text', { schema: { type: 'string' } }, 'text'],
    ['as a text of JSON', { schema: { type: 'string', contentMediaType: 'application/json' } }, 'text'],
    ['as a file by its media type', { schema: { type: 'string', contentMediaType: 'image/tiff' } }, 'file'],
    ['as a box', { schema: { type: 'object', properties: { bbox: {} } } }, 'box'],
    ['as lines, where several texts are taken', { schema: { type: 'string' }, maxOccurs: 'unbounded' }, 'list'],
    ['as JSON, where several of anything else are', { schema: { type: 'number' }, maxOccurs: 3 }, 'json'],
    ['as JSON otherwise', { schema: { oneOf: [{ type: 'string' }, { type: 'number' }] } }, 'json'],
  ])('%s', (_, input, kind) => expect(kindOf({ schema: {}, ...input })).toBe(kind));
});

describe("An author's hints", () => {
  const text = { type: 'string' };
  it.each<[string, Record<string, unknown>, Input['schema'], Kind]>([
    ['a long text', { widget: 'textarea' }, text, 'lines'],
    ['a long text, as JSON Schema forms have it', { 'ui:widget': 'textarea' }, text, 'lines'],
    ['a day', { widget: 'date' }, text, 'date'],
    ['a file', { widget: 'workspace-file' }, text, 'file'],
    ['a box on a map', { widget: 'map-bbox' }, { type: 'object' }, 'box'],
    ['nothing, where the schema does not fit', { widget: 'map-bbox' }, { type: 'number' }, 'number'],
    ['nothing, where no such widget is known', { widget: 'constructor' }, text, 'text'],
    ['nothing, where it is no text', { widget: 7 }, text, 'text'],
  ])('ask for %s', (_, clientHints, schema, kind) => expect(kindOf({ schema, clientHints })).toBe(kind));

  it('have a placeholder and a help; others are passed over', () =>
    expect(hintsOf({ schema: text, clientHints: { placeholder: 'e.g. B04', 'ui:help': 'A band', help2: 1, order: '3' } })).toEqual({
      placeholder: 'e.g. B04',
      help: 'A band',
    }));

  it('put inputs in order, those without a number last and as they were', () => {
    const at = (order?: number): Input => ({ schema: text, ...(order === undefined ? {} : { clientHints: { order } }) });
    expect(inOrder({ a: at(), b: at(2), c: at(), d: at(1) }).map(([name]) => name)).toEqual(['d', 'b', 'a', 'c']);
  });
});

describe('What was typed', () => {
  it.each<[Kind, string, unknown]>([
    ['text', '', undefined],
    ['text', ' a ', ' a '],
    ['lines', 'a\n b ', 'a\n b '],
    ['number', '4.5', 4.5],
    ['number', 'four', 'four'],
    ['whole', ' 3 ', 3],
    ['yes-no', 'false', false],
    ['choice', '"red"', 'red'],
    ['choice', '5', 5],
    ['file', 's3://b/a.tif', { href: 's3://b/a.tif' }],
    ['box', '1, 2 3,4', { bbox: [1, 2, 3, 4] }],
    ['list', 'a\n\n b ', ['a', 'b']],
    ['json', '{"a": 1}', { value: { a: 1 } }],
    ['json', '{"href": "https://a.example"}', { href: 'https://a.example' }],
    ['json', '[1, 2]', [1, 2]],
    ['json', '{broken', '{broken'],
  ])('as %s: %j', (kind, typed, value) => expect(valueOf(kind, typed)).toEqual(value));
});
