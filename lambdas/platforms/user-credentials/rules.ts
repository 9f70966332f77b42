import { iso, ms } from '../../shared/time/clock.ts';
import type { UserAuth } from '../model.ts';
import type { CredentialView, UserCredential } from './model.ts';

/** What of a platform's entry its users' credentials follow from. */
export interface UserPlatform {
  id: string;
  title: string;
  auth: UserAuth;
}

/** A token is renewed this long before it ends, so that none ends between a create and its start; a short one at its half. */
const marginMs = 60_000;

/** When an access token is to be renewed, and when it ends. */
export function lifeOf(askedAt: number, seconds: number): { renewAt: string; until: string } {
  const life = seconds * 1000;
  return { renewAt: iso(askedAt + Math.max(life / 2, life - marginMs)), until: iso(askedAt + life) };
}

const lives = ({ access, until }: UserCredential, now: number): boolean => access !== undefined && ms(until!) > now;

/** It works, or may be tried. */
const works = (row: UserCredential | undefined, now: number): boolean =>
  row !== undefined && (row.state === 'good' || row.state === 'untried') && (row.refresh !== undefined || lives(row, now));

/** Why no job of the user can go, and what she can do; undefined where her credential works, or may be tried. */
export function faultOf(row: UserCredential | undefined, { id, title, auth }: UserPlatform, now: number): string | undefined {
  if (works(row, now)) return undefined;
  const why =
    row?.state === 'broken'
      ? (row.reason ?? 'Your credential there does not work any more.')
      : row === undefined || row.state === 'forgotten'
        ? `${title} runs jobs as their users, and has no credential of yours.`
        : 'Your credential there has ended, and cannot be renewed.';
  const exchange = auth.exchange === undefined ? '' : 'Send any request for it after you signed in again, or ';
  const store = `PUT /platforms/${id}/credential with a refresh token of ${auth.issuer}`;
  return `${why} ${exchange}${exchange === '' ? store : `store one: ${store}`}. Your jobs then go on.`;
}

/** A credential that ends within this time, and cannot be renewed, is replaced when its user signs in anew. */
const soonMs = 600_000;
export const isGoodFor = (row: UserCredential | undefined, now: number): boolean =>
  works(row, now) && (row?.refresh !== undefined || ms(row!.until!) - now > soonMs);

/** Why an issuer refuses, by its word; a description may repeat what was sent. */
export function refusal(word: string, what: 'renew' | 'exchange', { title, auth }: UserPlatform): string {
  if (word === 'not_linked') return `Your account is not linked with the one that ${title} knows: link it at ${auth.issuer}.`;
  return what === 'renew'
    ? `${auth.issuer} does not renew your credential for ${title} (${word}): it was revoked, has ended, or was used elsewhere.`
    : `${auth.issuer} does not exchange your token for one of ${title} (${word}).`;
}

/** What the user sees. */
export function viewOf(row: UserCredential | undefined, platform: UserPlatform, now: number): CredentialView {
  const { auth } = platform;
  const base = { platform: platform.id, issuer: auth.issuer, clientId: auth.clientId };
  const fault = faultOf(row, platform, now);
  const todo = fault === undefined ? {} : { todo: fault };
  if (row === undefined || row.state === 'forgotten') return { ...base, state: 'none', renewable: false, ...todo };
  return {
    ...base,
    state: fault !== undefined ? 'broken' : row.state === 'untried' ? 'untried' : 'works',
    source: row.source,
    obtained: row.setAt,
    ...(row.renewedAt === undefined ? {} : { renewed: row.renewedAt }),
    ...(row.until === undefined || fault !== undefined ? {} : { expires: row.until }),
    renewable: fault === undefined && row.refresh !== undefined,
    ...todo,
  };
}

/** The header's form: openEO names the identity provider before the token, others take it bare (RFC 6750). */
export const headerOf = (token: string, { provider }: UserAuth): string =>
  provider === undefined ? `Bearer ${token}` : `Bearer oidc/${provider}/${token}`;

type Fact = 'refresh' | 'access' | 'renewAt' | 'until' | 'forced' | 'leaseUntil' | 'reason';
/** The row without some of what it may hold. */
export function without(row: Readonly<UserCredential>, ...facts: Fact[]): UserCredential {
  const rest = { ...row };
  for (const fact of facts) delete rest[fact];
  return rest;
}
