/** `self` of a page of a list, and `next` where there is more. A parameter with several values is written several times. */
export function pageLinks(
  path: string,
  query: Readonly<Record<string, unknown>>,
  cursor: string | undefined,
): { rel: 'self' | 'next'; href: string }[] {
  const self = new URLSearchParams(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)])),
  );
  const next = new URLSearchParams(self);
  if (cursor !== undefined) next.set('cursor', cursor);
  return [{ rel: 'self', href: `${path}?${self}` }, ...(cursor === undefined ? [] : [{ rel: 'next', href: `${path}?${next}` } as const])];
}
