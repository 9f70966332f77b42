import { createHash, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { errors, type Configuration } from 'oidc-provider';

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const scope = 'openid offline_access jobs';
/** Nobody listens there: the code is read from the redirection. */
const redirect = 'https://client.invalid/back';

export interface Tokens {
  access_token: string;
  refresh_token?: string;
}

/**
 * A certified OpenID Connect server (oidc-provider) on 127.0.0.1 at which people of a partner sign in with their browsers, and
 * which exchanges tokens (RFC 8693). Names are not checked against anything; its tokens are JSON Web Tokens for one audience.
 */
export class PartnerIssuer {
  /** The client of this service at the issuer. */
  readonly client = { id: 'broker', secret: 'canary-secret-of-the-broker' };
  /** The audience of tokens that are meant for this service. */
  readonly audience = 'https://swath.example';
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private server: Server | undefined;

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  async open(): Promise<this> {
    this.server = createServer();
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    const provider = new Provider(this.url, this.configuration());
    provider.registerGrantType(
      exchange,
      async (context) => {
        const { subject_token: subject, subject_token_type: type, audience } = context.oidc.params as Record<string, string | undefined>;
        const user = type === accessToken && subject !== undefined ? this.userOf(subject, this.audience) : undefined;
        if (user === undefined) throw new errors.InvalidGrant('subject_token');
        const token = new provider.AccessToken({
          accountId: user,
          client: context.oidc.client!,
          scope: 'jobs',
          grantId: '',
          gty: 'token_exchange',
        });
        token.resourceServer = new provider.ResourceServer(audience!, this.resource(audience!));
        const value = await token.save();
        context.body = { access_token: value, issued_token_type: accessToken, token_type: 'Bearer', expires_in: token.expiration };
      },
      ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'scope'],
    );
    const answer = provider.callback();
    this.server.on('request', (request, response) => void answer(request, response));
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  /** Who a token of this issuer is of, where it is valid and meant for the audience. */
  userOf(token: string, audience: string): string | undefined {
    const [head = '', claims = '', signature = ''] = token.split('.');
    if (!verify('sha256', Buffer.from(`${head}.${claims}`), this.keys.publicKey, Buffer.from(signature, 'base64url'))) return undefined;
    const { aud, sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: string; sub: string; exp: number };
    return aud === audience && exp * 1000 > Date.now() ? sub : undefined;
  }

  /** Signs somebody in as browsers do: authorization code with PKCE, login, consent. Tokens are for `audience`. */
  async signIn(user: string, audience = this.audience): Promise<Tokens> {
    const cookies = new Map<string, string>();
    const walk = async (address: string, form?: Record<string, string>): Promise<URL> => {
      const answer = await fetch(new URL(address, this.url), {
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
      });
      for (const cookie of answer.headers.getSetCookie()) cookies.set(...(/^([^=]+)=([^;]*)/.exec(cookie)!.slice(1) as [string, string]));
      const next = answer.headers.get('location');
      if (next === null) throw new Error(`${answer.status} from ${address}: ${(await answer.text()).slice(0, 300)}`);
      return new URL(next, this.url);
    };
    const proof = randomBytes(32).toString('base64url');
    const question = new URLSearchParams({
      ...{ client_id: this.client.id, response_type: 'code', redirect_uri: redirect, scope, prompt: 'consent', resource: audience },
      ...{ code_challenge: createHash('sha256').update(proof).digest('base64url'), code_challenge_method: 'S256' },
    });
    let at = await walk(`/auth?${question.toString()}`);
    const forms: Record<string, string>[] = [{ prompt: 'login', login: user, password: 'any' }, { prompt: 'consent' }];
    for (const form of forms) {
      at = await walk(at.href, form);
      at = await walk(at.href);
    }
    const code = at.searchParams.get('code');
    if (code === null) throw new Error(`No code at ${at.href}`);
    return this.token({ grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: proof });
  }

  private async token(form: Record<string, string>): Promise<Tokens> {
    const { id, secret } = this.client;
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const answer = await fetch(`${this.url}/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Tokens;
  }

  private resource = (audience: string) => ({
    ...{ audience, scope: 'jobs', accessTokenFormat: 'jwt' as const, accessTokenTTL: 300 },
    jwt: { sign: { alg: 'RS256' as const, kid: 'partner' } },
  });

  private configuration(): Configuration {
    const key = { ...this.keys.privateKey.export({ format: 'jwk' }), kid: 'partner', alg: 'RS256', use: 'sig' };
    return {
      jwks: { keys: [key as Configuration['jwks'] extends { keys: (infer Key)[] } | undefined ? Key : never] },
      clients: [
        {
          ...{ client_id: this.client.id, client_secret: this.client.secret, redirect_uris: [redirect], scope },
          grant_types: ['authorization_code', 'refresh_token', exchange],
        },
      ],
      scopes: scope.split(' '),
      findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      cookies: { keys: [randomBytes(16).toString('hex')] },
      ttl: { AccessToken: 300, Grant: 3600, IdToken: 300, Interaction: 300, RefreshToken: 3600, Session: 300 },
      features: {
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_, audience) => this.resource(audience),
        },
      },
    };
  }
}
