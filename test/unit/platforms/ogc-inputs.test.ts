import { describe, expect, it } from '@jest/globals';
import { ProcessDocument } from '../../../lambdas/platforms/ogc-processes/model.ts';
import { summaryOf } from '../../../lambdas/platforms/ogc-processes/rules/inputs.ts';

const text = { type: 'string' };
const read = (inputs: unknown) => summaryOf(ProcessDocument.parse({ id: 'p', version: '1', inputs })).inputs;

describe('the inputs in a process description', () => {
  it('are named, described, and needed unless they may be left out', () => {
    expect(read({ a: { title: 'A', description: 'Of a', schema: text }, b: { schema: { ...text, default: 'x' }, minOccurs: 0 } })).toEqual([
      { name: 'a', title: 'A', description: 'Of a', optional: false, schema: text },
      { name: 'b', optional: true, schema: { ...text, default: 'x' }, default: 'x' },
    ]);
  });
  it.each<[string, object, object]>([
    ['is its value where one is given', { maxOccurs: 1 }, text],
    ['is a list where several may be given', { maxOccurs: 3 }, { type: 'array', items: text, maxItems: 3 }],
    ['is a list without end', { maxOccurs: 'unbounded' }, { type: 'array', items: text }],
    ['is a list of at least so many', { minOccurs: '2', maxOccurs: '4' }, { type: 'array', items: text, minItems: 2, maxItems: 4 }],
  ])('a schema %s', (_, occurs, schema) => expect(read({ a: { schema: text, ...occurs } })).toMatchObject([{ schema }]));
  it('that are lists already are not put into another one', () => {
    const schema = { type: 'array', items: text };
    expect(read({ a: { schema, maxOccurs: 'unbounded' } })).toMatchObject([{ schema }]);
  });
  it("keep their author's hints as they are", () => {
    const clientHints = { widget: 'textarea', more: [1] };
    expect(read({ a: { schema: text, clientHints }, b: { schema: text, clientHints: 'x' } })).toEqual([
      { name: 'a', optional: false, schema: text, clientHints },
      { name: 'b', optional: false, schema: text },
    ]);
  });
  it('of another form are read as far as they can be', () => {
    expect(read({ a: { title: 7, schema: 'x', minOccurs: -1, maxOccurs: {} } })).toEqual([{ name: 'a', optional: false, schema: {} }]);
    expect(read(undefined)).toBeUndefined();
    expect(read(['a'])).toBeUndefined();
    expect(read({})).toEqual([]);
  });
});
