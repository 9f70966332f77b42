import * as z from 'zod';
import type { Route } from '../shared/http/route.ts';
import { ApiDocument, Health, LandingPage } from './model.ts';

export const routes = [
  {
    method: 'GET',
    path: '/',
    operationId: 'showLandingPage',
    summary: 'What this service is and where everything stands',
    description: 'The landing page of OGC API - Common Part 1, 7.2. A browser gets a page for people, here and at processes and jobs.',
    roles: ['anyone'],
    page: true,
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
  {
    method: 'GET',
    path: '/pages/app.js',
    operationId: 'showPageScript',
    summary: 'Script of the pages for people',
    roles: ['anyone'],
    success: { status: 200, description: 'JavaScript', schema: z.string(), contentType: 'text/javascript; charset=utf-8' },
    errors: [],
  },
  {
    method: 'GET',
    path: '/pages/style.css',
    operationId: 'showPageStyle',
    summary: 'Style of the pages for people',
    roles: ['anyone'],
    success: { status: 200, description: 'CSS', schema: z.string(), contentType: 'text/css; charset=utf-8' },
    errors: [],
  },
] as const satisfies Route[];
