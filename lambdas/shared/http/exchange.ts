import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Caller } from '../auth/caller.ts';
import type { Verdict } from './limiter.ts';
import type { Route } from './route.ts';

/** What the middlewares learn of one request, each in its turn. */
interface Exchange {
  requestId: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  route?: Route;
  caller?: Caller;
  rate?: Verdict;
  /** A page is answered in place of data: it holds none, and is for anyone. */
  page?: true;
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body?: unknown;
  /** The body as it came. */
  text?: string;
}

export type HttpEvent = APIGatewayProxyEventV2 & { exchange: Exchange };
export type HttpResult = APIGatewayProxyStructuredResultV2;
export type Middleware = MiddlewareObj<HttpEvent, HttpResult>;

export const addHeaders = (response: HttpResult | null | undefined, headers: Record<string, string>): void => {
  if (response) response.headers = { ...response.headers, ...headers };
};
