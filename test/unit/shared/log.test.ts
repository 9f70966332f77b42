import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { log, logContext } from '../../../lambdas/shared/log.ts';

let written: string[];
beforeEach(() => {
  written = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void written.push(line));
  logContext({});
});
afterEach(() => {
  jest.restoreAllMocks();
  delete process.env['LOG_LEVEL'];
});

describe('the log', () => {
  it('writes one JSON line an event, with the fields of the invocation', () => {
    logContext({ requestId: 'r1' });
    log.info('job taken', { jobId: 'j1' });
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0]!)).toMatchObject({ level: 'info', message: 'job taken', requestId: 'r1', jobId: 'j1' });
  });
  it('writes nothing below its level', () => {
    process.env['LOG_LEVEL'] = 'warn';
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(written.map((line) => JSON.parse(line).level)).toEqual(['warn', 'error']);
  });
  it.each([
    { authorization: 'Bearer s3cret' },
    { nested: { accessToken: 's3cret' } },
    { list: [{ clientSecret: 's3cret' }] },
    { text: 'sent Bearer s3cret' },
    { url: 'https://b.s3/x?X-Amz-Expires=1&X-Amz-Signature=s3cret' },
    { url: 'wss://api/job_status?ticket=s3cret' },
    { token: { value: 's3cret' } },
    { error: new Error('refused Bearer s3cret') },
    { jwt: 'eyJhbGciOiJub25lIn0.s3cret.s3cret' },
  ])('hides secrets in %j', (fields) => {
    log.error('trouble', fields);
    expect(written[0]).not.toContain('s3cret');
    expect(written[0]).toContain('[redacted]');
  });
  it('tells errors with their cause, and stops at cycles', () => {
    const round: Record<string, unknown> = { amount: 3n };
    round['round'] = round;
    log.error('trouble', { error: new Error('outer', { cause: new Error('inner') }), round });
    expect(written[0]).toContain('outer');
    expect(written[0]).toContain('inner');
    expect(written[0]).toContain('"amount":"3"');
  });
});
