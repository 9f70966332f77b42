import { describe, expect, it } from '@jest/globals';
import type { InputBinding } from '../../../lambdas/platforms/packages/model.ts';
import { commandOf, globsOf, type Command } from '../../../lambdas/platforms/packages/rules/command.ts';
import { expressionFault, type FileValue, type Value } from '../../../lambdas/platforms/packages/rules/expressions.ts';

const at = '/data/parameters.json';
const run = (inputBindings: Record<string, InputBinding>, inputs: Record<string, Value>, command?: string[]): Command => {
  const order = [...new Set([...Object.keys(inputBindings), ...Object.keys(inputs)])];
  const made = commandOf({ inputBindings, ...(command ? { command } : {}) }, order, inputs, at);
  if ('faults' in made) throw new Error(JSON.stringify(made.faults));
  return made;
};
/** The words that one binding makes of one value. */
const words = (binding: InputBinding, value: Value, others: Record<string, Value> = {}): string[] =>
  run(
    { x: binding, ...Object.fromEntries(Object.keys(others).map((name) => [name, { valueForm: 'parameterFile' }])) },
    { x: value, ...others },
  ).words;
const scene: FileValue = { class: 'File', path: '/data/inputs/scene.v2.tif', contents: 'II*' };
const folder: FileValue = { class: 'Directory', path: '/data/inputs/bands', listing: ['/data/inputs/bands/a.tif'] };

describe('A value on the command line', () => {
  it.each<[string, InputBinding, Value, string[]]>([
    ['a text without a prefix is one word', {}, 'two words', ['two words']],
    ['a prefix is a word of its own', { prefix: '--text' }, 'a', ['--text', 'a']],
    ['unless it is not to be separate', { prefix: '--text=', separate: false }, 'a', ['--text=a']],
    ['a separator joins prefix and value', { prefix: '--text', argumentSeparator: '=' }, 'a', ['--text=a']],
    ['a blank as separator makes two words', { prefix: '--text', argumentSeparator: ' ' }, 'a', ['--text', 'a']],
    ['the separator counts more than separate', { prefix: 'a', separate: false, argumentSeparator: ':' }, 'b', ['a:b']],
    ['a number is written as it is', { prefix: '-n' }, 4.5, ['-n', '4.5']],
    ['zero is a value', { prefix: '-n' }, 0, ['-n', '0']],
    ['an empty text is a word', { prefix: '-t' }, '', ['-t', '']],
    ['true is its prefix alone', { prefix: '--verbose' }, true, ['--verbose']],
    ['false is nothing', { prefix: '--verbose' }, false, []],
    ['with a separator a switch has its value', { prefix: '--verbose', argumentSeparator: '=' }, false, ['--verbose=false']],
    ['without a prefix a switch is its value', {}, true, ['true']],
    ['null is nothing', { prefix: '--text', valueFrom: 'never' }, null, []],
    ['a list is as many words', { prefix: '--band' }, ['a', 'b'], ['--band', 'a', 'b']],
    ['or one, with a separator of items', { prefix: '--bands', itemSeparator: ',' }, ['a', 'b'], ['--bands', 'a,b']],
    ['or one with its prefix', { prefix: '--bands=', separate: false, itemSeparator: ',' }, [1, 2], ['--bands=1,2']],
    ['with a separator each item has the prefix', { prefix: '--band', argumentSeparator: '=' }, ['a', 'b'], ['--band=a', '--band=b']],
    ['an empty list is nothing', { prefix: '--band' }, [], []],
    ['a file is its path', { prefix: '-i' }, scene, ['-i', scene.path]],
    ['also in a list', { itemSeparator: ' ' }, [scene, folder], [`${scene.path} ${folder.path}`]],
    ['an object is JSON, with the paths of its files', { prefix: '-o' }, { a: [1, scene] }, ['-o', `{"a":[1,"${scene.path}"]}`]],
    ['a constant stands in place of the value', { valueFrom: 'fixed' }, 'given', ['fixed']],
    ['an expression alone keeps its value', { prefix: '-b', valueFrom: '$(self)' }, ['a', 'b'], ['-b', 'a', 'b']],
    ['expressions in a text are put into it', { valueFrom: 'out_$(self.nameroot)$(self.nameext)' }, scene, ['out_scene.v2.tif']],
    ['the folder of a file is its path', { valueFrom: '$(self.path)' }, scene, ['/data/inputs']],
    ['a file has a name', { valueFrom: '$(self.basename)' }, scene, ['scene.v2.tif']],
    ['and contents, where they are loaded', { valueFrom: '$(self.contents)', loadContents: true }, scene, ['II*']],
    ['a folder has a listing', { valueFrom: '$(self.listing)', loadListing: 'shallow_listing' }, folder, ['/data/inputs/bands/a.tif']],
    ['what is not there is nothing', { prefix: '-x', valueFrom: '$(self.listing)' }, scene, []],
    ['texts and values are joined by +', { valueFrom: `$("ndvi_" + self.nameroot + '.tif')` }, scene, ['ndvi_scene.v2.tif']],
    ['a list has a length and items', { valueFrom: '$(self.length)/$(self[1])' }, ['a', 'b'], ['2/b']],
    ['members are reached by name', { valueFrom: `$(self['a b'].c)` }, { 'a b': { c: 3 } }, ['3']],
    ['an escaped expression is text', { valueFrom: '\\$(self)' }, 'a', ['$(self)']],
    ['nothing of a value is an expression', {}, '$(inputs.x) `id` ; rm -rf /', ['$(inputs.x) `id` ; rm -rf /']],
  ])('%s', (_, binding, value, expected) => expect(words(binding, value)).toEqual(expected));

  it('may be made of another input', () =>
    expect(words({ valueFrom: '$(inputs.other.basename):$(self)' }, 'a', { other: scene })).toEqual(['scene.v2.tif:a']));
});

describe('The order on the command line', () => {
  it('is that of positions, and of the inputs where these are the same', () =>
    expect(run({ a: { position: 2 }, b: {}, c: { position: -1 }, d: {} }, { a: 'a', b: 'b', c: 'c', d: 'd' }).words).toEqual([
      'c',
      'b',
      'd',
      'a',
    ]));
  it('sorts positions as numbers', () =>
    expect(run({ a: { position: 10 }, b: { position: 9 } }, { a: 'a', b: 'b' }).words).toEqual(['b', 'a']));
  it('may follow from an input, and is 0 where that comes to nothing', () => {
    const bindings = { a: { position: '$(inputs.place)' }, b: { position: 1 }, place: { valueForm: 'parameterFile' } } as const;
    expect(run(bindings, { a: 'a', b: 'b', place: 2 }).words).toEqual(['b', 'a']);
    expect(run(bindings, { a: 'a', b: 'b' }).words).toEqual(['a', 'b']);
  });
  it('is refused where it comes to no whole number', () =>
    expect(commandOf({ inputBindings: { a: { position: '$(self)' } } }, ['a'], { a: 'first' }, at)).toEqual({
      faults: [{ pointer: '/inputs/a', message: expect.stringContaining('whole number') }],
    }));
  it('begins with the command of the package, which takes the place of the entry point', () => {
    expect(run({ a: {} }, { a: 'x' }, ['python3', 'run.py'])).toEqual({ words: ['python3', 'run.py', 'x'], replacesEntryPoint: true });
    expect(run({ a: {} }, { a: 'x' }).replacesEntryPoint).toBe(false);
  });
});

describe('The parameter file', () => {
  it('holds the inputs that are bound to it, and those that are not bound at all', () => {
    const made = run({ a: { valueForm: 'parameterFile' }, b: { prefix: '-b' } }, { a: [1, 2], b: 'b', c: { file: scene } });
    expect(made.words).toEqual(['-b', 'b']);
    expect(made.parameters).toEqual({ path: at, content: { a: [1, 2], c: { file: scene.path } } });
  });
  it('stands on the command line where a binding gives it a place, once for each prefix', () => {
    const inFile = { valueForm: 'parameterFile' } as const;
    const made = run(
      { a: { ...inFile, prefix: '--params' }, b: { ...inFile, prefix: '--params' }, c: { ...inFile, position: 5 }, d: {} },
      { a: 1, b: 2, c: 3, d: 4 },
    );
    expect(made.words).toEqual(['--params', at, '4', at]);
    expect(made.parameters?.content).toEqual({ a: 1, b: 2, c: 3 });
  });
  it('is not there where nothing stands in it', () => expect(run({ a: {} }, { a: 1 })).not.toHaveProperty('parameters'));
});

describe('What a shell reads', () => {
  const command = ['cat'];
  it('is what the package wrote, and nothing of an input', () =>
    expect(
      run(
        { a: {}, pipe: { position: 9, shellQuote: false, valueFrom: '| sort > $(self)' } },
        { a: "it's; $HOME", pipe: 'x; rm -rf /' },
        command,
      ),
    ).toEqual({
      words: ['/bin/sh', '-c', `cat 'it'\\''s; $HOME' | sort > 'x; rm -rf /'`],
      replacesEntryPoint: true,
    }));
  it('is a prefix too, while its value stays quoted', () =>
    expect(run({ a: { prefix: '2>', separate: false, shellQuote: false } }, { a: '&1;id' }, command).words[2]).toBe(`cat 2>'&1;id'`));
  it('is never what looks like a piece of a command in an input', () => {
    const evil = [{ text: '; rm -rf /', raw: true }];
    expect(run({ a: { shellQuote: false } }, { a: evil }, command).words.join(' ')).not.toContain('; rm -rf / ');
    expect(run({ a: { shellQuote: false } }, { a: evil }, command)).toMatchObject({ words: ['cat', '{"text":"; rm -rf /","raw":true}'] });
  });
});

it('A character that no program can be handed is refused', () =>
  expect(commandOf({ inputBindings: {} }, ['a'], { a: ['x\0'] }, at)).toMatchObject({ faults: [{ pointer: '/inputs/a' }] }));

describe('The patterns of outputs', () => {
  const globs = (glob: string[], inputs: Record<string, Value> = {}) =>
    globsOf({ outputBindings: { out: { glob } } }, ['out'], inputs)['out'];
  it('may name what an input is called', () =>
    expect(globs(['*.tif', '$("/outputs/ndvi_" + inputs.image.basename)'], { image: scene })).toEqual([
      '*.tif',
      '/outputs/ndvi_scene.v2.tif',
    ]));
  it('may be a list that an input holds', () => expect(globs(['$(inputs.names)'], { names: ['a', 'b'] })).toEqual(['a', 'b']));
  it('are its name where none is given', () => expect(globsOf({ outputBindings: {} }, ['out'], {})).toEqual({ out: ['out', 'out.*'] }));
  it('never lead out of the folder', () =>
    expect(globs(['$(inputs.name)', 'a/../b', 'a..b'], { name: '../../etc/passwd' })).toEqual(['a..b']));
});

describe('An expression', () => {
  const known = new Set(['image', 'a b']);
  it.each([
    '$(self)',
    '$(self.basename)',
    '$(inputs.image)',
    "$(inputs['a b'][0].x)",
    'no expression, $HOME and (brackets)',
    '$("a" + inputs.image.basename)',
    '\\${js}',
  ])('%s can be read', (text) => expect(expressionFault(text, known, true)).toBeUndefined());
  it.each([
    ['${return 1}', 'JavaScript'],
    ['$(self.size > 3)', 'JavaScript'],
    ['$(self.basename.split(".")[0])', 'JavaScript'],
    ['$(runtime.outdir)', 'JavaScript'],
    ['$(self', 'JavaScript'],
    ['$("a" + )', 'JavaScript'],
    ['$(inputs.nothing)', 'no input nothing, only: image, a b'],
    ['$(inputs)', 'no input'],
  ])('%s is refused', (text, why) => expect(expressionFault(text, known, true)).toContain(why));
  it('has no self outside of inputs', () => expect(expressionFault('$(self)', known, false)).toContain('self'));
});
