import * as z from 'zod';
import type { Problem } from '../problem.ts';
import type { Answer } from './call.ts';

/** The exception of OGC API - Processes (1.0, 7.4.2: RFC 7807; the draft of 2.0: RFC 9457), with our code and faults beside it. */
export const OgcException = z
  .object({
    type: z
      .string()
      .describe('URI of the exception as the standard has it; `about:blank` where it has none')
      .meta({ example: 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('For people'),
    code: z.string().describe('Stable code; docs/errors.md says what to do about each'),
    errors: z
      .array(z.object({ pointer: z.string().describe('JSON pointer into the body, or the name of a parameter'), message: z.string() }))
      .optional()
      .describe('Every fault of the request at once'),
    traceId: z.string().describe('The X-Correlation-ID of the answer; name it when you ask for help'),
  })
  .meta({ id: 'OgcException' });

const part1 = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/';
const part2 = 'http://www.opengis.net/def/exceptions/ogcapi-processes-2/1.0/';

/** Codes that the standard has an exception or another status for; every other keeps its status. */
const exceptions: Readonly<Record<string, { type?: string; title: string; status?: number }>> = {
  PROCESS_NOT_FOUND: { type: `${part1}no-such-process`, title: 'No such process' },
  JOB_NOT_FOUND: { type: `${part1}no-such-job`, title: 'No such job' },
  RESULTS_NOT_READY: { type: `${part1}result-not-ready`, title: 'Results are not ready', status: 404 },
  NO_RESULTS: { type: `${part1}result-not-available`, title: 'There are no results', status: 404 },
  RESULTS_NOT_FOUND: { type: `${part1}result-not-available`, title: 'There are no results' },
  OUTPUT_NOT_FOUND: { type: `${part1}no-such-output`, title: 'No such output' },
  DUPLICATED_PROCESS: { type: `${part2}duplicated-process`, title: 'The process exists already' },
  IMMUTABLE_PROCESS: { type: `${part2}immutable-process`, title: 'The process cannot be changed' },
  UNSUPPORTED_MEDIA_TYPE: { type: `${part2}unsupported-media-type`, title: 'Media type not supported' },
  WORKFLOW_NOT_FOUND: { type: `${part2}workflow-not-found`, title: 'No such process in the package' },
  JOB_FAILED: { title: 'The process failed', status: 500 },
  VALIDATION_ERROR: { title: 'The request has faults', status: 400 },
};
const badParameter = `${part1}invalid-query-parameter-value`;

/** `NOT_FOUND` as words: `Not found`. */
const words = (code: string): string => code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');

export const ogcStatus = (code: string, status: number): number => exceptions[code]?.status ?? status;

/** Faults of parameters are named by the parameter, those of a body by a pointer. */
const isOfParameters = ({ code, errors }: Pick<Problem, 'code' | 'errors'>): boolean =>
  code === 'VALIDATION_ERROR' && errors.length > 0 && errors.every(({ pointer }) => pointer !== '' && !pointer.startsWith('/'));

export function ogcException(
  problem: Pick<Problem, 'status' | 'code' | 'message' | 'errors'>,
  traceId: string,
): z.infer<typeof OgcException> {
  const known = exceptions[problem.code];
  const faults = problem.errors.map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`)).slice(0, 10);
  return {
    type: isOfParameters(problem) ? badParameter : (known?.type ?? 'about:blank'),
    title: known?.title ?? words(problem.code),
    status: ogcStatus(problem.code, problem.status),
    // Many clients show nothing but the detail.
    detail: [problem.message, ...faults].join(' '),
    code: problem.code,
    ...(problem.errors.length > 0 ? { errors: [...problem.errors] } : {}),
    traceId,
  };
}

/** `application/json`, which the standard's own clients look for, unless the caller asks for the media type of problems. */
export function ogcError(problem: Problem, requestId: string, accept = ''): Answer {
  const type = /application\/problem\+json/i.test(accept) ? 'application/problem+json' : 'application/json';
  const body = ogcException(problem, requestId);
  return { status: body.status, headers: { ...problem.headers, 'content-type': type }, body: JSON.stringify(body) };
}
