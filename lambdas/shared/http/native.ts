import * as z from 'zod';
import type { Problem } from '../problem.ts';

/** The error answer of the native door, as the APEx Dispatch API has it. */
export const NativeError = z
  .object({
    status: z.literal('error'),
    error_code: z.string().describe('Stable code; docs/errors.md says what to do about each').meta({ example: 'VALIDATION_ERROR' }),
    message: z.string().describe('For people'),
    details: z
      .object({
        errors: z.array(
          z.object({
            pointer: z.string().describe('JSON pointer into the body, or the name of a parameter'),
            message: z.string(),
          }),
        ),
      })
      .nullable()
      .describe('Every fault of the request at once'),
    request_id: z.string().describe('The X-Correlation-ID of the answer; name it when you ask for help'),
  })
  .meta({ id: 'Error' });

/** `details` is null where there are none: the APEx clients expect the key. */
export const nativeError = (problem: Problem, requestId: string): z.infer<typeof NativeError> => ({
  status: 'error',
  error_code: problem.code,
  message: problem.message,
  details: problem.errors.length > 0 ? { errors: [...problem.errors] } : null,
  request_id: requestId,
});
