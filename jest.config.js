const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.swath'],
};
// Fake platforms listen on this machine; tests of the guard take the permission away.
process.env.INTERNAL_PLATFORMS = 'allowed';
const suite = (name, more = {}) => ({ ...shared, ...more, displayName: name, testMatch: [`<rootDir>/test/${name}/**/*.test.ts`] });
const local = {
  globalSetup: '<rootDir>/test/support/local-setup.ts',
  globalTeardown: '<rootDir>/test/support/local-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
};

/** `npm test` runs unit, infra, contract and simulation; adapters and e2e need the local environment, which their set-up starts once. */
export default {
  projects: [suite('unit'), suite('infra'), suite('contract'), suite('simulation'), suite('adapters', local), suite('e2e', local)],
};
