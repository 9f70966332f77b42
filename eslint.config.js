import tseslint from 'typescript-eslint';

// What each layer of an area may import, by file name (specifiers are relative and carry .ts, so a pattern on the text suffices).
const up = String.raw`(?:\.\./)+`;
const own = String.raw`\.\.?/`;
const pure = String.raw`${up}shared/(?:events|table|time|auth)/(?:events|write|clock|caller|pat|scopes|token-record)\.ts|${up}shared/(?:keepable|problem|redact|url-guard|http/faults)\.ts`;
const models = String.raw`zod|${own}(?:(?:tiles|results|credentials|user-credentials|callbacks)/)?model\.ts|${up}[\w-]+/model\.ts|${up}platforms/(?:packages/)?(?:model|ports)\.ts|${pure}`;
const layers = [
  { files: ['model.ts'], may: models },
  {
    files: ['rules.ts', 'rules/*.ts'],
    may: String.raw`${models}|\./[\w-]+\.ts|${own}tiles/(?:model|rules/[\w-]+)\.ts|${up}rules/[\w-]+\.ts|${up}platforms/packages/rules/[\w-]+\.ts|proj4|@turf/[\w-]+|geojson`,
  },
  { files: ['ports.ts'], may: String.raw`${models}|\.\./ports\.ts` },
  {
    files: ['use-cases.ts', 'use-cases/*.ts'],
    may: String.raw`${models}|${own}(?:ports|rules|keys)\.ts|${own}rules/[\w-]+\.ts|\./[\w-]+\.ts|${up}rules/[\w-]+\.ts|\.\./packages/use-cases/[\w-]+\.ts`,
  },
  { files: ['routes.ts'], may: String.raw`${models}|${up}shared/http/[\w-]+\.ts` },
];
const noBareZod = {
  selector: "ImportDeclaration[source.value='zod'] > ImportSpecifier",
  message: "import * as z from 'zod' (the named form bundles every locale).",
};
const impure = [
  {
    selector:
      "CallExpression[callee.object.name='Date'][callee.property.name='now'], NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time comes through the Clock port.',
  },
  { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'Randomness comes through a port.' },
];
const entryPoints = ['http', 'on-*', 'task-*', 'bind', 'api'].flatMap((name) => [`lambdas/*/${name}.ts`, `lambdas/*/*/${name}.ts`]);
// lambdas/<area>/... imports of ../<other area>/...: only its model.ts (platforms also offers its port), and shared.
const foreign = String.raw`^(?:\.\./)+(?!shared/|model\.ts$|ports\.ts$|keys\.ts$|rules|platforms/(?:packages/)?(?:model|ports)\.ts$|platforms/packages/rules/|[\w-]+/model\.ts$|docs/)[\w-]+/`;

export default tseslint.config(
  { ignores: ['cdk.out/', '.swath/', '.venv/', '.venv-openeo/', '.venv-clients/', 'node_modules/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-restricted-syntax': ['error', noBareZod],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
    },
  },
  {
    files: ['lambdas/**/*.ts'],
    ignores: [...entryPoints, 'lambdas/shared/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: foreign, message: "An area imports another area's model.ts only; entry points also its api.ts." }] },
      ],
    },
  },
  ...layers.map(({ files, may }) => ({
    files: files.flatMap((f) => [`lambdas/*/${f}`, `lambdas/*/*/${f}`]),
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: `^(?!(?:${may})$)`, message: `Not from this layer: see "The house" in docs/house.md. Allowed: ${may}` }] },
      ],
      'no-restricted-syntax': ['error', noBareZod, ...impure],
      'no-restricted-globals': ['error', 'fetch', 'setTimeout', 'setInterval', 'process'],
    },
  })),
  {
    files: ['lib/**/*.ts', 'bin/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/lambdas/(?!.*(?:routes|route|model)\\.ts$)',
              message: 'lib/ takes routes and models from lambdas/, never an adapter.',
            },
          ],
        },
      ],
    },
  },
);
