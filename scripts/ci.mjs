// Called by .ci/run: the steps in order, all of them even when one fails, then the sum of the test runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

process.chdir(resolve(import.meta.dirname, '..'));
mkdirSync('.swath', { recursive: true });

// The suites that need the environment run by themselves: `npm run test:all` would repeat the first step.
const bootstrap = ['scripts/bootstrap.mjs', 'test'];
const steps = [
  { name: 'unit and template tests', command: ['npm', 'test', '--'], report: '.swath/tests-fast.json' },
  { name: 'check', command: ['npm', 'run', 'check'] },
  { name: 'adapter and end-to-end tests', command: ['node', ...bootstrap, 'adapters', 'e2e'], report: '.swath/tests-local.json' },
  { name: 'a task of 100,000 jobs', command: ['npm', 'run', 'simulate', '--', '--jobs', '100000'] },
  { name: 'start and demo', command: ['npm', 'start', '--', '--once'] },
];

let passed = 0;
let failed = 0;
const broken = [];
for (const { name, command, report } of steps) {
  const [program, ...args] = report ? [...command, '--ci', '--json', `--outputFile=${report}`] : command;
  console.log(`\n== ${name}: ${[program, ...args].join(' ')}`);
  if (report) rmSync(report, { force: true });
  const start = Date.now();
  // With --json jest prints the whole report on stdout, which is in the file already; what people read is on stderr.
  const { status } = spawnSync(program, args, { stdio: ['ignore', report ? 'ignore' : 'inherit', 'inherit'] });
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - start) / 1000).toFixed(0)} s`);
  if (status !== 0) broken.push(name);
  if (!report || !existsSync(report)) continue;
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  failed += numFailedTests + numRuntimeErrorTestSuites;
}
if (broken.length > 0) console.log(`\nFailed: ${broken.join(', ')}`);
// A step that breaks without a failed test (check, demo, set-up) still counts as one failure.
console.log(`${passed} passed, ${Math.max(failed, broken.length)} failed`);
process.exit(broken.length > 0 ? 1 : 0);
