import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');

/** Where conditional writes are made. */
const files = ['lambdas/dispatch/rules/writes.ts', 'lambdas/dispatch/rules/lane.ts', 'lambdas/dispatch/use-cases/poll-lane.ts'];

/** A condition that is left out of a conditional write. */
export interface Mutation {
  /** e.g. `writes.ts commit 3: notCancelled` */
  name: string;
  file: string;
  from: number;
  to: number;
}

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

/** Every condition of every conditional write, to be left out one at a time. */
export function allMutations(): Mutation[] {
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const found: Mutation[] = [];
    const visit = (node: ts.Node, within: string) => {
      const name = nameOf(node) ?? within;
      if (ts.isArrayLiteralExpression(node) && isConjunction(node))
        node.elements.forEach((element, n) => {
          const text = element.getText().replaceAll(/\s+/g, ' ');
          found.push({
            name: `${path.basename(file)} ${name} ${n}: ${text.slice(0, 80)}`,
            file,
            from: element.getStart(),
            // With the comma behind it, so that what is left is a list.
            to: node.elements[n + 1]?.getFullStart() ?? element.end,
          });
        });
      ts.forEachChild(node, (child) => visit(child, name));
    };
    visit(source, '');
    return found;
  });
}

/** From now on modules are loaded as if the mutation stood in the source. Before anything of lambdas/ is imported. */
export function apply({ file, from, to }: Mutation): void {
  const url = pathToFileURL(path.join(root, file)).href;
  registerHooks({
    load(address, context, next) {
      const loaded = next(address, context);
      if (address !== url) return loaded;
      const text = readFileSync(fileURLToPath(url), 'utf8');
      return { ...loaded, source: text.slice(0, from) + text.slice(to) };
    },
  });
}
