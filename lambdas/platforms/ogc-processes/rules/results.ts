import type { PlatformOutput } from '../../../platforms/ports.ts';
import { Link } from '../model.ts';
import { header, json, type Reply } from '../../replies/model.ts';
import { linkHeader } from './jobs.ts';

/** The name of the one output of an answer that names none. */
const unnamed = 'result';

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);
const isJson = (type: string): boolean => /^(?:[\w.+-]+\/(?:[\w.-]+\+)?json|text\/json)\s*(?:;|$)/i.test(type);

/**
 * Outputs of a successful job from the answer at `/jobs/{id}/results`:
 * JSON by its shape (see `outputsOf`); 204 with one `Link` header per output (1.0, raw by reference); anything else,
 * and what is too large to be read, by reference to the answer itself. Undefined when JSON was promised and none came.
 */
export function outputs(reply: Reply & { url: string; cut: boolean }): PlatformOutput[] | undefined {
  const links = linkHeader(reply).filter((link) => !navigation.has(link.rel ?? ''));
  if (reply.status === 204) return distinct(links.flatMap((link) => reference(link.rel ?? unnamed, link, reply.url) ?? []));
  const type = header(reply, 'content-type') ?? '';
  if (reply.cut || (type !== '' && !isJson(type))) return [{ name: unnamed, href: reply.url, ...(type === '' ? {} : { type }) }];
  const body = json(reply.text);
  return body === undefined ? undefined : outputsOf(body, reply.url);
}

const navigation = new Set(['self', 'alternate', 'up', 'next', 'prev', 'monitor', 'http://www.opengis.net/def/rel/ogc/1.0/results']);

/**
 * A results document by its shape: a map of outputs (1.0), `{"outputs": [...]}` (pygeoapi) or a map there, a list of
 * links, one output that says its own id (`{"id", "value"}`), one link, or one plain value.
 */
export function outputsOf(body: unknown, url: string): PlatformOutput[] {
  if (!isObject(body)) return output(unnamed, body, url);
  const keys = Object.keys(body);
  const wrapped = body.outputs;
  if (keys.length === 1 && (Array.isArray(wrapped) || isObject(wrapped)))
    return Array.isArray(wrapped) ? distinct(wrapped.flatMap((entry) => outputsOf(entry, url))) : outputsOf(wrapped, url);
  if (keys.length === 1 && Array.isArray(body.links)) return distinct(body.links.flatMap((link) => linked(link, url)));
  if (typeof body.href === 'string') return output(nameOf(body), body, url);
  if (typeof body.id === 'string' && 'value' in body) return output(body.id, body, url);
  if (documents.has(body.type) || (keys.length > 0 && 'value' in body && keys.every((key) => qualifiers.has(key))))
    return output(unnamed, body, url);
  return Object.entries(body).flatMap(([name, value]) => output(name, value, url));
}

/** A GeoJSON or CoverageJSON document is one output, not a map of them. */
const documents = new Set<unknown>([
  ...['Feature', 'FeatureCollection', 'GeometryCollection', 'Coverage', 'CoverageCollection'],
  ...['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon'],
]);
const qualifiers = new Set(['value', 'mediaType', 'encoding', 'schema', 'format']);
const nameOf = (link: Record<string, unknown>): string =>
  ([link.id, link.rel, link.title].find((name) => typeof name === 'string' && name !== '') as string | undefined) ?? unnamed;

/** One output: a link or a list of links by reference, `{"value": ...}` and everything else by value. */
function output(name: string, value: unknown, url: string): PlatformOutput[] {
  if (Array.isArray(value) && value.length > 0) {
    const references = value.map((entry, index) =>
      isObject(entry) ? reference(value.length === 1 ? name : `${name}-${index + 1}`, entry, url) : undefined,
    );
    if (references.every((entry) => entry !== undefined)) return references;
  }
  if (!isObject(value)) return [{ name, value }];
  const link = reference(name, value, url);
  if (link !== undefined) return [link];
  const qualified = 'value' in value && Object.keys(value).every((key) => qualifiers.has(key) || key === 'id');
  return [{ name, value: qualified ? value.value : value }];
}

function linked(link: unknown, url: string): PlatformOutput[] {
  if (!isObject(link) || navigation.has(String(link.rel ?? ''))) return [];
  return output(nameOf(link), link, url);
}

/** A link as a reference; relative ones are resolved against the answer's own URL. */
function reference(name: string, value: object, url: string): PlatformOutput | undefined {
  const link = Link.safeParse(value).data;
  const href = link && URL.parse(link.href, url)?.href;
  if (link === undefined || !href) return undefined;
  return {
    name,
    href,
    ...(link.type === undefined ? {} : { type: link.type }),
    ...(link.title === undefined ? {} : { title: link.title }),
  };
}

/** Names are unique: the second `a` is `a-2`. */
function distinct(all: PlatformOutput[]): PlatformOutput[] {
  const seen = new Map<string, number>();
  return all.map((one) => {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name}-${count}` };
  });
}
