/** `self` of a page of a list, and `next` and `prev` where there is more. A parameter with several values is written several times. */
export function pageLinks(
  path: string,
  query: Readonly<Record<string, unknown>>,
  cursor: string | undefined,
  before?: string,
): { rel: 'self' | 'next' | 'prev'; href: string }[] {
  const self = new URLSearchParams(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)])),
  );
  const to = (rel: 'self' | 'next' | 'prev', at: string | undefined) => {
    const search = new URLSearchParams(self);
    if (at !== undefined) search.set('cursor', at);
    return { rel, href: `${path}?${search}` };
  };
  return [
    to('self', undefined),
    ...(cursor === undefined ? [] : [to('next', cursor)]),
    ...(before === undefined ? [] : [to('prev', before)]),
  ];
}
