import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { JobRequest } from '../../../lambdas/dispatch/model.ts';
import { routes } from '../../../lambdas/dispatch/routes.ts';
import type { Route } from '../../../lambdas/shared/http/route.ts';
import { TaskRequest } from '../../../lambdas/upscaling/model.ts';
import { valuesOf } from '../../../lambdas/upscaling/rules/generated.ts';
import { faultsOf } from '../../../lambdas/platforms/builtin/process-echo.ts';

/** The bodies of `curl -d '...'` in the README that are requests. */
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const bodies = [...readme.matchAll(/-d '(\{[^']*\})'/g)].map(([, body]) => JSON.parse(body!) as object);
const shown = bodies.filter((body) => 'service' in body && !('dimension' in body));
const tasks = bodies.filter((body) => 'dimension' in body);
/** Executions of OGC API - Processes, all of echo. */
const executions = bodies.flatMap((body) => ('inputs' in body ? [body.inputs] : []));
const documented = (routes.find(({ operationId }) => operationId === 'createUnitJob') as Route).bodyExample;

it('every job that README and API document show is one that echo takes', () => {
  expect(shown.length).toBeGreaterThan(0);
  for (const body of [...shown, documented]) {
    const { service, parameters } = JobRequest.parse(body);
    expect(service).toEqual({ endpoint: 'builtin', application: 'echo' });
    expect(faultsOf(parameters)).toBeUndefined();
  }
});

it('every task that README shows makes jobs that echo takes', () => {
  expect(tasks.length).toBeGreaterThan(0);
  for (const body of tasks) {
    const { parameters, dimension } = TaskRequest.parse(body);
    for (const value of valuesOf(dimension)) expect(faultsOf({ ...parameters, [dimension.name]: value })).toBeUndefined();
  }
});

it('every execution that README shows is one that echo takes', () => {
  expect(executions.length).toBeGreaterThan(0);
  for (const inputs of executions) expect(faultsOf(inputs)).toBeUndefined();
});

it('a wrong input is named, and so are the right ones', () => {
  expect(faultsOf({ message: 'hello' })).toMatch(/"message".*Inputs of echo: .*text/);
});
