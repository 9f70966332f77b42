import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import packageJson from '../package.json' with { type: 'json' };
import { openApiDocument } from './openapi/document.ts';
import { routeTables } from './openapi/tables.ts';

/** Writes docs/openapi.json from the route tables; with `--check` only says whether it is current. */
const file = path.resolve(import.meta.dirname, '../docs/openapi.json');
const document = JSON.stringify(openApiDocument(await routeTables(), packageJson.version));
const text = await format(document, { ...(await resolveConfig(file)), parser: 'json' });

if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
  console.log('docs/openapi.json is written.');
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/openapi.json is not what the route tables say. Run: npm run openapi');
  process.exitCode = 1;
}
