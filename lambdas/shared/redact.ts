/** The query of a signed link, and anything that looks like a bearer token, a JWT or a personal access token. */
const secretText =
  /\?[^\s"'<>]*(?:X-Amz-Signature|X-Amz-Security-Token|Signature|ticket|token)=[^\s"'<>]*|\bBearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|\bswath_pat_\w+/gi;

/** The text without what gives access: platforms repeat signed links and headers in their errors. */
export const withoutSecrets = (text: string): string => text.replace(secretText, '[redacted]');

/** The same for every text in a JSON value. */
export function valueWithoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(valueWithoutSecrets);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, valueWithoutSecrets(child)]));
}
