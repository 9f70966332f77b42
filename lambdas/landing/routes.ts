import type { Route } from '../shared/http/route.ts';
import { ApiDocument, Health, LandingPage } from './model.ts';

export const routes = [
  {
    method: 'GET',
    path: '/',
    operationId: 'showLandingPage',
    summary: 'What this service is and where everything stands',
    description: 'The landing page of OGC API - Common Part 1, 7.2.',
    roles: ['anyone'],
    success: { status: 200, description: 'Title and links', schema: LandingPage },
    errors: [],
  },
  {
    method: 'GET',
    path: '/api',
    operationId: 'showApiDocument',
    summary: 'This document',
    roles: ['anyone'],
    success: {
      status: 200,
      description: 'OpenAPI 3.1',
      schema: ApiDocument,
      contentType: 'application/vnd.oai.openapi+json;version=3.1',
    },
    errors: [],
  },
  {
    method: 'GET',
    path: '/health',
    operationId: 'showHealth',
    summary: 'Whether the service and its database answer',
    roles: ['anyone'],
    success: { status: 200, description: 'Everything answers', schema: Health },
    errors: [{ status: 503, codes: ['SERVICE_UNAVAILABLE'], when: 'The database does not answer.' }],
  },
] as const satisfies Route[];
