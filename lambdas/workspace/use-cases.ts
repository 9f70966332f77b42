import { Problem } from '../shared/problem.ts';
import { iso, type Clock } from '../shared/time/clock.ts';
import type { UploadRequest, UploadTicket } from './model.ts';
import type { Uploads } from './ports.ts';
import { pathFault, workspaceKey } from './rules/path.ts';

/** How long a file may take to be begun: S3 looks at the time when the request comes. */
const ticketSeconds = 900;

/**
 * A ticket for one file of the caller's workspace. Nothing is kept of it: the store itself refuses whatever is not of the
 * announced size and content, and a file is there in whole or not at all.
 */
export async function makeTicket(
  { uploads, clock }: { uploads: Uploads; clock: Clock },
  owner: string,
  { path, bytes, sha256, contentType }: UploadRequest,
): Promise<UploadTicket> {
  const fault = pathFault(owner, path);
  if (fault !== undefined)
    throw new Problem(422, 'VALIDATION_ERROR', 'No file can lie at this path: see details.', {
      errors: [{ pointer: '/path', message: fault }],
    });
  const key = workspaceKey(owner, path);
  const expires = iso(clock.now() + ticketSeconds * 1000);
  const { url, headers } = await uploads.sign({ key, bytes, sha256, contentType }, ticketSeconds);
  return { path, reference: uploads.reference(key), method: 'PUT', url, headers, expires };
}
