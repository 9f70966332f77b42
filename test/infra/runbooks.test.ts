import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { configs, resources, synthesize } from './synthesized.ts';

const folder = new URL('../../docs/runbooks/', import.meta.url);
const alarms = resources(synthesize(configs.prod), 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) => ({
  id,
  page: / Runbook: docs\/runbooks\/([\w-]+)\.md$/.exec(text(Properties['AlarmDescription']))?.[1],
  actions: Properties['AlarmActions'] as unknown[],
}));

/** A description holds references to queues and log groups; what stands around them is text. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const [, parts] = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : '<reference>')).join('');
}

describe('The runbooks', () => {
  it('have a page for each alarm, which its description names: an alarm without one is docs/runbooks/<name>.md to be written', () => {
    expect(alarms.length).toBeGreaterThan(5);
    const pages = alarms.map(({ page }) => `${page}.md`);
    expect(readdirSync(folder).sort()).toEqual(['README.md', ...pages].sort());
  });

  it.each(alarms.map(({ page }) => page!))('%s says what happened, what it costs, where to look and what to do', (page) => {
    const lines = readFileSync(new URL(`${page}.md`, folder), 'utf8').split('\n');
    expect(lines[0]).toBe(`# ${page}`);
    const heads = lines.flatMap((line) => /^\*\*([\w ]+)\.\*\* /.exec(line)?.[1] ?? []);
    expect(heads).toEqual(['What happened', 'What it costs', 'Look', 'Do']);
  });

  it('are told to somebody: each alarm has an action', () => {
    for (const { id, actions } of alarms) expect([id, actions.length]).toEqual([id, 1]);
  });
});
