import * as z from 'zod';

/** One request may carry so many bytes to S3. */
export const mostBytes = 5 * 1024 ** 3;

/** A file that is to be brought into the caller's workspace. */
export const UploadRequest = z
  .strictObject({
    path: z
      .string()
      .describe('Where the file is to lie in your workspace, such as `areas/farms.geojson`. `jobs` and `tasks` are where results are kept'),
    bytes: z.number().int().min(0).max(mostBytes, 'One upload carries at most 5 GiB.').describe('Size of the file'),
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'Must be 64 hexadecimal digits, as sha256sum prints them.')
      .describe('SHA-256 of the file, in hexadecimal digits'),
    contentType: z
      .string()
      .max(255)
      .regex(
        /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *; *[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/,
        'Must be a media type, such as image/tiff.',
      )
      .default('application/octet-stream')
      .describe('Media type of the file'),
  })
  .meta({ id: 'UploadRequest' });
export type UploadRequest = z.infer<typeof UploadRequest>;

/** The leave to send one file. */
export const UploadTicket = z
  .object({
    path: z.string().describe('Where the file will lie in your workspace'),
    reference: z.string().describe('What parameters and dimensions name the file by, once it is there'),
    method: z.literal('PUT'),
    url: z.string().describe('Where the file is sent. Whoever has this URL may send this very file, and nothing else'),
    headers: z
      .record(z.string(), z.string())
      .describe('Headers to send with it, exactly as they are. `Content-Length` must be as announced'),
    expires: z.string().describe('When the URL stops to work; RFC 3339, UTC'),
  })
  .meta({ id: 'UploadTicket' });
export type UploadTicket = z.infer<typeof UploadTicket>;
