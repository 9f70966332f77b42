import {
  createDocument,
  type oas31,
  type ZodOpenApiHeadersObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { doors, type Door } from '../../lambdas/shared/http/doors.ts';
import { errorsOf } from '../../lambdas/shared/http/errors.ts';
import type { Route, RouteError } from '../../lambdas/shared/http/route.ts';
import { Problem } from '../../lambdas/shared/problem.ts';

/** An area's route table, and the dialect that it speaks. */
export interface Table {
  area: string;
  door: Door;
  routes: readonly Route[];
}

const text = (description: string, example: string): oas31.HeaderObject => ({
  description,
  schema: { type: 'string', examples: [example] },
});

/** Every answer carries these; CORS is the gateway's, so that its own errors carry it too. */
const everywhere: ZodOpenApiHeadersObject = {
  'X-Correlation-ID': text(
    'The id sent in the request, or one made for it; it stands in every log line',
    '7b0e3c1a-5d0f-4c61-9d0c-4a8a3f1c2b11',
  ),
  'Access-Control-Allow-Origin': text('Sent to browsers: any page may call', '*'),
};
const byStatus: Record<number, ZodOpenApiHeadersObject> = {
  401: { 'WWW-Authenticate': text('How to authenticate', 'Bearer realm="swath"') },
  429: { 'Retry-After': text('Seconds to wait', '5') },
  503: { 'Retry-After': text('Seconds to wait', '5') },
};

/** The errors of a route under the statuses that its door gives them, one row per status. */
function errorsIn(door: Door, route: Route): RouteError[] {
  const rows = new Map<number, RouteError>();
  for (const { status, codes, when } of errorsOf(route))
    for (const code of codes) {
      const here = doors[door].statusOf(code, status);
      const known = rows.get(here);
      const words = known === undefined || known.when.includes(when) ? (known?.when ?? when) : `${known.when} ${when}`;
      rows.set(here, { status: here, codes: [...(known?.codes ?? []), code], when: words });
    }
  return [...rows.values()].sort((a, b) => a.status - b.status);
}

function responsesOf(route: Route, door: Door): ZodOpenApiResponsesObject {
  const answers = [route.success, ...(route.alternatives ?? [])];
  const successes = answers.map(({ status, description, headers = {} }) => {
    const own = Object.entries(headers).map(([name, about]) => [name, { description: about, schema: { type: 'string' } }] as const);
    // Answers of one status stand together, by their media types; the first of them describes all.
    const forms = answers.filter((answer) => answer.status === status && answer.schema);
    const content = forms.map(({ schema, contentType = 'application/json' }) => [contentType, { schema }] as const);
    const all = { ...everywhere, ...Object.fromEntries(own) };
    return [`${status}`, { description, headers: all, ...(content.length > 0 ? { content: Object.fromEntries(content) } : {}) }] as const;
  });
  const errors = errorsIn(door, route).map((error) => {
    const problem = new Problem(error.status, error.codes[0]!, error.when);
    const example = doors[door].example(problem, '7b0e3c1a-5d0f-4c61-9d0c-4a8a3f1c2b11');
    const content = { 'application/json': { schema: doors[door].schema, example } };
    const about = `${error.codes.join(', ')}: ${error.when}`;
    return [`${error.status}`, { description: about, headers: { ...everywhere, ...byStatus[error.status] }, content }] as const;
  });
  return {
    ...Object.fromEntries(successes.toReversed()), // the first of a status
    ...Object.fromEntries(errors),
  } as ZodOpenApiResponsesObject;
}

function operationOf(route: Route, { area, door }: Table): ZodOpenApiOperationObject {
  const { operationId, summary, description, roles, params, query, headers, body, bodyExample, mediaTypes = ['application/json'] } = route;
  const content = body && { schema: body, ...(bodyExample === undefined ? {} : { example: bodyExample }) };
  return {
    operationId,
    summary,
    ...(description ? { description } : {}),
    tags: [area],
    security: roles.includes('anyone') ? [] : [{ bearer: [] }],
    requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}), ...(headers ? { header: headers } : {}) },
    ...(content ? { requestBody: { required: true, content: Object.fromEntries(mediaTypes.map((type) => [type, content])) } } : {}),
    responses: responsesOf(route, door),
  };
}

/**
 * `format` says what a time is; the pattern beside it refuses offsets in some validators and takes 300 characters.
 * The bounds of every integer in JavaScript tell nothing about ours.
 * Answers may get more fields later, which a client has to pass over: only requests are closed.
 */
const override: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

/** The OpenAPI 3.1 document of all route tables. It stands alone: nothing in it refers to another file. */
export function openApiDocument(tables: readonly Table[], version: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const table of tables)
    for (const route of table.routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, table) };
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Swath',
        version,
        summary: 'A broker for Earth-observation processing',
        description:
          'Run a processing service on whatever platform offers it, watch it live, get its results. HEAD works wherever GET does.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: tables.map(({ area }) => ({ name: area })),
      paths,
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Access token of the user pool' } },
      },
    },
    { override },
  );
}
