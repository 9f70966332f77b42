import { globSync } from 'node:fs';
import path from 'node:path';
import type { Door } from '../../lambdas/shared/http/doors.ts';
import type { Route } from '../../lambdas/shared/http/route.ts';
import type { Table } from './document.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Every route table of the house, in the order of the areas' names. */
export async function routeTables(): Promise<Table[]> {
  const files = globSync('lambdas/{*,*/*}/routes.ts', { cwd: root }).sort();
  return Promise.all(
    files.map(async (file) => {
      const { routes, door = 'native' } = (await import(path.join(root, file))) as { routes: readonly Route[]; door?: Door };
      return { area: path.basename(path.dirname(file)), door, routes };
    }),
  );
}
