import type { Clock } from '../../shared/time/clock.ts';
import { formPost } from '../http-client.ts';
import type { OidcAuth, PlatformTimes } from '../model.ts';
import type { Authorization } from '../ports.ts';
import { json } from '../replies/model.ts';
import { TokenAnswer, TokenError, type OidcAccount } from './model.ts';

/** A token is renewed this long before it ends, so that none ends between a create and its start. */
const marginMs = 60_000;
/** An answer that does not tell how long its token is good for. */
const usualSeconds = 300;

/** The header's form: openEO names the identity provider before the token, others take it bare (RFC 6750). */
const headerOf = (token: string, provider: string | undefined): string =>
  provider === undefined ? `Bearer ${token}` : `Bearer oidc/${provider}/${token}`;

/**
 * Tokens by the client credentials grant (RFC 6749, 4.4), one request for all that ask at the same time. How long one is
 * good for counts from our own clock at the time of asking: no clock of the issuer or the platform plays a part.
 */
export function clientCredentials(auth: OidcAuth, account: () => Promise<OidcAccount>, times: PlatformTimes, clock: Clock): Authorization {
  let known: { until: number; header: Promise<string> } | undefined;

  async function ask(mine: { until: number }): Promise<string> {
    const { clientId, clientSecret } = await account();
    const askedAt = clock.now();
    const answer = await formPost(
      auth.tokenUrl,
      { grant_type: 'client_credentials', ...(auth.scope === undefined ? {} : { scope: auth.scope }) },
      // Both parts are form-encoded before they are joined (RFC 6749, 2.3.1).
      `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
      times,
      clock,
    );
    if (answer.kind !== 'answer') throw new Error(answer.message);
    const body = json(answer.text);
    const token = answer.status === 200 ? TokenAnswer.safeParse(body).data : undefined;
    if (token === undefined) {
      // Only the word: a description may repeat what was sent.
      const word = TokenError.safeParse(body)
        .data?.error.replace(/[^\w.-]/g, '')
        .slice(0, 60);
      throw new Error(`The token endpoint does not let this deployment's account in (${word ?? answer.status}).`);
    }
    mine.until = askedAt + Math.max(1000, (token.expires_in ?? usualSeconds) * 1000 - marginMs);
    return headerOf(token.access_token, auth.provider);
  }

  const isRefused = async (refused: string | undefined) =>
    refused !== undefined && (await known?.header.catch(() => undefined)) === refused;

  return async (refused) => {
    if ((await isRefused(refused)) || known === undefined || known.until <= clock.now()) {
      const mine: { until: number; header: Promise<string> } = { until: Number.POSITIVE_INFINITY, header: Promise.resolve('') };
      mine.header = ask(mine);
      known = mine;
    }
    const mine = known;
    return mine.header.catch((error: unknown) => {
      if (known === mine) known = undefined;
      throw error;
    });
  };
}
