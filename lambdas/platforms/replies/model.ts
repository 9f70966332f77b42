/** The part of an HTTP answer that rules look at; header names are lower case. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
}

/** Longest text of a platform that is kept. */
const maxMessage = 1000;

/** JSON, or undefined for anything that is not. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const header = (reply: Reply, name: string): string | undefined => {
  const value = reply.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

/** One line of text for people: no control characters, at most 1,000 characters. */
export const readable = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, maxMessage);

/** A variable part of a path; undefined for one that a URL would swallow (`.` and `..` are not escapable). */
export const segment = (id: string): string | undefined => (id === '' || id === '.' || id === '..' ? undefined : encodeURIComponent(id));

/** Path and query of a link below the base URL, else undefined. */
export function pathBelow(href: string, url: string, baseUrl: string): string | undefined {
  const target = URL.parse(href, url);
  const base = new URL(baseUrl.replace(/\/+$/, ''));
  const root = base.pathname.replace(/\/+$/, '');
  if (target === null || target.origin !== base.origin || target.username !== '' || !target.pathname.startsWith(`${root}/`))
    return undefined;
  return target.pathname.slice(root.length) + target.search;
}
