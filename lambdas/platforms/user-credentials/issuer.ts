import type { Clock } from '../../shared/time/clock.ts';
import { TokenAnswer, TokenError } from '../credentials/model.ts';
import { formPost, httpClient } from '../http-client.ts';
import type { PlatformTimes, UserAuth } from '../model.ts';
import { json } from '../replies/model.ts';
import { Discovery } from './model.ts';
import type { TokenIssuer, TokenOutcome } from './ports.ts';

/** An answer that does not tell how long its token is good for. */
const usualSeconds = 300;
/** How long a token endpoint that was found is used before it is looked for again. */
const keptMs = 3_600_000;
/** Not the user's token is refused but this deployment's client, or what its registry entry asks for. */
const ours = new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'temporarily_unavailable',
  'server_error',
]);

const endpoints = new Map<string, { until: number; url: string }>();

/**
 * Token endpoints of issuers that the registry names: the one of the entry, or the one that the issuer's discovery document
 * gives, on the issuer's own origin. One try each. `secret` is that of the platform's client, undefined for a public one.
 */
export function tokenIssuer(secret: (platformId: string) => Promise<string | undefined>, times: PlatformTimes, clock: Clock): TokenIssuer {
  return {
    async ask({ id, auth }, form): Promise<TokenOutcome> {
      const endpoint = auth.tokenUrl === undefined ? await discovered(auth, times, clock) : { url: auth.tokenUrl };
      if ('kind' in endpoint) return endpoint;
      const { url } = endpoint;
      const clientSecret = await secret(id);
      const askedAt = clock.now();
      const answer = await formPost(
        url,
        clientSecret === undefined ? { ...form, client_id: auth.clientId } : form,
        // Both parts are form-encoded before they are joined (RFC 6749, 2.3.1).
        clientSecret === undefined
          ? undefined
          : `Basic ${Buffer.from(`${encodeURIComponent(auth.clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
        times,
        clock,
      );
      if (answer.kind !== 'answer') return unavailable(answer.message);
      const body = json(answer.text);
      const tokens = answer.status === 200 ? TokenAnswer.safeParse(body).data : undefined;
      if (tokens !== undefined) {
        const { access_token: access, refresh_token: refresh, expires_in: seconds = usualSeconds } = tokens;
        return { kind: 'tokens', access, askedAt, seconds, ...(refresh === undefined ? {} : { refresh }) };
      }
      // Only the word: a description may repeat what was sent.
      const word = TokenError.safeParse(body)
        .data?.error.replace(/[^\w.-]/g, '')
        .slice(0, 60);
      const definite = answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 408;
      if (definite && word !== undefined && !ours.has(word)) return { kind: 'refused', word };
      if (word !== undefined && ours.has(word) && definite)
        return unavailable(`${auth.issuer} does not let this deployment in (${word}): an administrator has to correct its client there.`);
      return unavailable(`${auth.issuer} answered ${answer.status}.`);
    },
  };
}

const unavailable = (message: string): { kind: 'unavailable'; message: string } => ({ kind: 'unavailable', message });

async function discovered(
  { issuer }: UserAuth,
  times: PlatformTimes,
  clock: Clock,
): Promise<{ url: string } | ReturnType<typeof unavailable>> {
  const known = endpoints.get(issuer);
  if (known !== undefined && known.until > clock.now()) return known;
  const answer = await httpClient(issuer, times, clock).send('GET', '/.well-known/openid-configuration');
  if (answer.kind !== 'answer') return unavailable(answer.message);
  if (answer.status !== 200) return unavailable(`${issuer} answered ${answer.status} for its discovery document.`);
  const found = Discovery.safeParse(json(answer.text)).data;
  const url = URL.parse(found?.token_endpoint ?? '');
  if (found?.issuer.replace(/\/+$/, '') !== issuer.replace(/\/+$/, '') || url?.origin !== new URL(issuer).origin)
    return unavailable(`${issuer} does not tell where its token endpoint is, on its own origin.`);
  endpoints.set(issuer, { until: clock.now() + keptMs, url: url.href });
  return { url: url.href };
}
