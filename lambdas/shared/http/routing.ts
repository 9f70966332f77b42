import { Problem } from '../problem.ts';
import type { HttpEvent, Middleware } from './exchange.ts';
import type { Route } from './route.ts';

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** Segments of a path; doubled and trailing slashes make none. */
const segmentsOf = (path: string): string[] => path.split('/').filter(Boolean).map(decode);

/** The path below the stage: API Gateway puts the name of every stage but `$default` in front. */
function pathOf({ rawPath, requestContext: { stage } }: HttpEvent): string {
  const prefix = `/${stage}`;
  return rawPath === prefix || rawPath.startsWith(`${prefix}/`) ? rawPath.slice(prefix.length) || '/' : rawPath;
}

/** The parameters of `template` in `segments`, or nothing when they do not fit. */
function match(template: string, segments: string[]): Record<string, string> | undefined {
  const parts = segmentsOf(template);
  if (parts.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name !== undefined) params[name] = segments[i]!;
    else if (part !== segments[i]) return undefined;
  }
  return params;
}

/** `/jobs/status` before `/jobs/{jobId}`: fewer parameters fit better. */
const byParameters = (a: { params: object }, b: { params: object }) => Object.keys(a.params).length - Object.keys(b.params).length;

const allowed = (routes: readonly Route[]): string =>
  [...new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');

/** Finds the route of a request: 404 when no row has its path, 405 with `Allow` when none has its method. */
export function routing(routes: readonly Route[]): Middleware {
  return {
    before: ({ event }) => {
      const path = pathOf(event);
      const method = event.requestContext.http.method;
      const segments = segmentsOf(path);
      const fitting = routes.flatMap((route) => {
        const params = match(route.path, segments);
        return params ? [{ route, params }] : [];
      });
      const best = fitting.sort(byParameters)[0];
      if (!best) throw new Problem(404, 'NOT_FOUND', `There is nothing at ${path.slice(0, 200)}. What there is stands at /api.`);
      const rows = fitting.filter(({ route }) => route.path === best.route.path);
      const found = rows.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method));
      const allow = allowed(rows.map(({ route }) => route));
      if (!found) throw new Problem(405, 'METHOD_NOT_ALLOWED', `${method} is not possible here, only ${allow}.`, { headers: { allow } });
      event.exchange.route = found.route;
      event.exchange.params = found.params;
    },
  };
}
