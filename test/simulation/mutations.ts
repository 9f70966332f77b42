import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { knownBugs } from './known-bugs.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Areas whose conditional writes the simulation plays. */
const areas = ['dispatch', 'upscaling'];
const filesOf = (area: string): string[] =>
  readdirSync(path.join(root, 'lambdas', area), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join('lambdas', area, file))
    .toSorted();

/** A bug that is put into a source file: the text between two places is another. */
export interface Mutation {
  /** e.g. `writes.ts commit 3: notCancelled` */
  name: string;
  file: string;
  from: number;
  to: number;
  text: string;
}

const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const nameOf = (node: ts.Node): string | undefined =>
  (ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node)) && node.name && ts.isIdentifier(node.name)
    ? node.name.text
    : undefined;

/** A list all of whose parts must hold: `when: [...]`, `allOf: [...]`, or a list declared as `Condition[]`. */
function isConjunction(list: ts.ArrayLiteralExpression): boolean {
  const { parent } = list;
  if (ts.isPropertyAssignment(parent)) return ['when', 'allOf'].includes(parent.name.getText());
  const declared = ts.isArrowFunction(parent) ? parent : ts.isVariableDeclaration(parent) ? parent : undefined;
  return declared?.type?.getText().endsWith('Condition[]') ?? false;
}

/** A condition that is left out. */
export interface LeftOut extends Mutation {
  /** Where the condition itself ends; the mutation goes on to the end of the comma behind it. */
  end: number;
  /** It is a list of conditions: `...isHeld`. */
  isSpread: boolean;
}

/** Every condition of every conditional write, to be left out one at a time. */
export function conditions(): LeftOut[] {
  return areas.flatMap(filesOf).flatMap((file) => {
    const text = textOf(file);
    if (!text.includes('shared/table/write.ts') && !text.includes('when: [')) return [];
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const found: LeftOut[] = [];
    const lists = new Map<string, number>();
    const visit = (node: ts.Node, within: string) => {
      const name = within === '' || ts.isFunctionDeclaration(node) ? (nameOf(node) ?? within) : within;
      if (ts.isArrayLiteralExpression(node) && isConjunction(node)) {
        const list = (lists.get(name) ?? 0) + 1;
        lists.set(name, list);
        node.elements.forEach((element, n) => {
          found.push({
            name: `${path.basename(file)} ${name}${list > 1 ? `/${list}` : ''} ${n}: ${element.getText().replaceAll(/\s+/g, ' ').slice(0, 80)}`,
            file,
            from: element.getStart(),
            // With the comma behind it, so that what is left is a list without holes.
            to: element.end + (/^\s*,/.exec(text.slice(element.end))?.[0].length ?? 0),
            text: '',
            end: element.end,
            isSpread: ts.isSpreadElement(element),
          });
        });
      }
      ts.forEachChild(node, (child) => visit(child, name));
    };
    visit(source, '');
    return found;
  });
}

/** The known bugs as mutations; throws where a patch does not fit exactly one place of its file. */
const patched = (): Mutation[] =>
  knownBugs.map(({ name, file, from, to }) => {
    const text = textOf(file);
    const at = text.indexOf(from);
    if (at < 0 || text.includes(from, at + 1)) throw new Error(`The patch for "${name}" does not fit exactly one place of ${file}.`);
    return { name: `${path.basename(file)}: ${name}`, file, from: at, to: at + from.length, text: to };
  });

/** All bugs that are put in, one at a time. */
export const allMutations = (): Mutation[] => [...conditions(), ...patched()];
