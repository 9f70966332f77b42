import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHmac, randomBytes } from 'node:crypto';
import type { Fault } from './fake-ogc.ts';

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
const decoded = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Every token that goes to a platform or comes from there begins so: none may be found where things are kept. */
export const canary = 'canary-token-';

/** One sign-in: its refresh tokens take each other's place, and one that comes twice ends them all. */
interface Family {
  user: string;
  current: string;
  revoked: boolean;
}

interface Reply {
  status: number;
  json: object;
}
const refused = (error: string, status = 400): Reply => ({ status, json: { error, error_description: 'said of the token that was sent' } });

/**
 * An OpenID Connect issuer on 127.0.0.1 whose tokens a fake platform takes: discovery, token exchange (RFC 8693), refresh
 * with rotation and detection of reuse, revocation, faults on demand and counters of what really happened.
 */
export class FakeIssuer {
  readonly client = { id: 'swath', secret: 'canary-secret-of-the-client' };
  /** How long an access token is good for, in seconds. */
  seconds = 300;
  /** Refresh tokens are given out. */
  refreshes = true;
  /** Word with which the exchange is refused, by user; `*`: everybody's. */
  readonly refuses = new Map<string, string>();
  /** Issuers whose tokens are exchanged beside its own. Their signatures are theirs to check, and not checked here. */
  readonly trusts = new Set<string>();
  readonly faults: Fault[] = [];
  latencyMs = 0;
  /** What the discovery document says; absent: its own. */
  tokenEndpoint: string | undefined;
  readonly counts = { exchanged: 0, refreshed: 0, reused: 0, asked: 0 };
  private readonly access = new Map<string, { user: string; until: number; family: Family | undefined }>();
  private readonly families = new Map<string, Family>();
  private readonly key = randomBytes(32);
  private server: Server | undefined;
  private made = 0;

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  async open(): Promise<this> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(chunks).toString());
        void this.serve(request.url ?? '', form, request.headers.authorization, response);
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  /** A token with which the user signs in elsewhere: a JSON Web Token of this issuer. */
  login(user: string): string {
    const content = `${encoded({ alg: 'HS256' })}.${encoded({ iss: this.url, sub: user, exp: Math.floor(Date.now() / 1000) + 3600 })}`;
    return `${content}.${this.mac(content)}`;
  }

  /** A refresh token as a user gets it by other ways. */
  refreshToken(user: string): string {
    return this.family(user).current;
  }

  /** Whose an access token is; undefined for one that does not work (any more). */
  userOf(token: string): string | undefined {
    const known = this.access.get(token);
    return known !== undefined && known.until > Date.now() && known.family?.revoked !== true ? known.user : undefined;
  }

  /** Everything that was ever given to this user stops working. */
  revoke(user: string): void {
    for (const family of this.families.values()) if (family.user === user) family.revoked = true;
    for (const [token, one] of this.access) if (one.user === user) this.access.delete(token);
  }

  /** Access tokens that were given out stop working; refresh tokens go on. */
  expireAccess(user: string): void {
    for (const [token, one] of this.access) if (one.user === user) this.access.delete(token);
  }

  private mac = (content: string): string => createHmac('sha256', this.key).update(content).digest('base64url');
  private token = (kind: string, user: string): string => `${canary}${kind}-${user}-${(this.made += 1)}-${randomBytes(6).toString('hex')}`;

  private async serve(url: string, form: URLSearchParams, authorization: string | undefined, response: ServerResponse): Promise<void> {
    const answer = ({ status, json }: Reply) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    if (this.latencyMs > 0) await wait(this.latencyMs);
    if (url === '/.well-known/openid-configuration')
      return void answer({ status: 200, json: { issuer: this.url, token_endpoint: this.tokenEndpoint ?? `${this.url}/token` } });
    if (url !== '/token') return void answer({ status: 404, json: {} });
    this.counts.asked += 1;
    const fault = this.faults.find(({ match }) => match.test(form.get('grant_type') ?? ''));
    if (fault === undefined) return void answer(this.grant(form, authorization));
    if (fault.times !== undefined && (fault.times -= 1) <= 0) this.faults.splice(this.faults.indexOf(fault), 1);
    if (fault.effect === 'now') this.grant(form, authorization);
    if (fault.answer === 'drop') response.destroy();
    else if (fault.answer !== 'hang') response.writeHead(fault.answer.status, fault.answer.headers).end(fault.answer.body ?? '');
  }

  private grant(form: URLSearchParams, authorization: string | undefined): Reply {
    const { id, secret } = this.client;
    if (authorization !== `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`) return refused('invalid_client', 401);
    const grant = form.get('grant_type');
    if (grant === 'refresh_token') return this.refresh(form.get('refresh_token') ?? '');
    return grant === exchange ? this.exchange(form.get('subject_token') ?? '') : refused('unsupported_grant_type');
  }

  private exchange(subject: string): Reply {
    const [head = '', claims = '', mac] = subject.split('.');
    const { iss, sub, username } = decoded(claims) as { iss: string; sub: string; username?: string };
    const genuine = iss === this.url ? mac === this.mac(`${head}.${claims}`) : this.trusts.has(iss);
    if (!genuine) return refused('invalid_request');
    const user = username ?? sub;
    const word = this.refuses.get(user) ?? this.refuses.get('*');
    if (word !== undefined) return refused(word);
    this.counts.exchanged += 1;
    return this.tokens(user, this.refreshes ? this.family(user) : undefined);
  }

  private refresh(token: string): Reply {
    const family = this.families.get(token);
    if (family === undefined || family.revoked) return refused('invalid_grant');
    if (family.current !== token) {
      this.counts.reused += 1;
      family.revoked = true;
      return refused('invalid_grant');
    }
    this.counts.refreshed += 1;
    this.rotate(family);
    return this.tokens(family.user, family);
  }

  private family(user: string): Family {
    const family = { user, current: '', revoked: false };
    this.rotate(family);
    return family;
  }

  private rotate(family: Family): void {
    family.current = this.token('refresh', family.user);
    this.families.set(family.current, family);
  }

  private tokens(user: string, family: Family | undefined): Reply {
    const access = this.token('access', user);
    this.access.set(access, { user, until: Date.now() + this.seconds * 1000, family });
    const refresh = family === undefined ? {} : { refresh_token: family.current };
    return { status: 200, json: { access_token: access, token_type: 'Bearer', expires_in: this.seconds, ...refresh } };
  }
}
