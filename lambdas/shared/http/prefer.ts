/** What a client asks for with `Prefer` (RFC 7240). */
export interface Preferences {
  /** Seconds that it would wait for an answer. */
  wait?: number;
  respondAsync: boolean;
}

/** Reads a `Prefer` header; the first of equal preferences counts, and what is not understood is passed over (section 2). */
export function preferences(header: string | undefined): Preferences {
  const tokens = (header ?? '').split(',').map((token) => token.split(';')[0]!.trim().toLowerCase());
  const wait = tokens.map((token) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(token)?.[1]).find((seconds) => seconds !== undefined);
  return { ...(wait === undefined ? {} : { wait: Number(wait) }), respondAsync: tokens.includes('respond-async') };
}
