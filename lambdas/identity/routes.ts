import * as z from 'zod';
import type { Route } from '../shared/http/route.ts';
import { NewToken, TokenRequest, TokenView } from './model.ts';

/** Personal access tokens. No route here has a scope: no such token can make, list or revoke tokens. */
export const routes = [
  {
    method: 'POST',
    path: '/tokens',
    operationId: 'makeToken',
    summary: 'Make a personal access token',
    description:
      'For scripts and other programs: sent as `Authorization: Bearer <token>`, it stands for you within its scopes. The answer shows it ' +
      'once; only a hash is kept. It cannot make further tokens, and is never an administrator.',
    roles: ['user'],
    body: TokenRequest,
    bodyExample: { title: 'Nightly NDVI', scopes: ['jobs:read', 'jobs:write'] },
    success: { status: 201, description: 'The token', schema: NewToken },
    errors: [{ status: 409, codes: ['TOO_MANY_TOKENS'], when: 'You have a hundred tokens' }],
  },
  {
    method: 'GET',
    path: '/tokens',
    operationId: 'listTokens',
    summary: 'Your personal access tokens, newest first',
    roles: ['user'],
    success: {
      status: 200,
      description: 'The tokens, without their secrets',
      schema: z.object({ tokens: z.array(TokenView) }).meta({ id: 'TokenList' }),
    },
    errors: [],
  },
  {
    method: 'DELETE',
    path: '/tokens/{tokenId}',
    operationId: 'revokeToken',
    summary: 'Revoke a personal access token',
    description: 'It is good for nothing from the moment of the answer.',
    roles: ['user'],
    params: z.object({ tokenId: z.string().max(100).describe('Id of the token') }),
    success: { status: 204, description: 'Revoked' },
    errors: [{ status: 404, codes: ['TOKEN_NOT_FOUND'], when: 'You have no such token' }],
  },
] as const satisfies readonly Route[];
