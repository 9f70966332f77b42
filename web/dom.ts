type Child = Node | string | undefined;

/** An element with attributes and children; texts are texts and never read as HTML. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string | true | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value === true ? '' : value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A link, or the bare text where the address is none that a browser should open: platforms may write anything. */
export const link = (href: string, text: string): Node =>
  /^https?:\/\//i.test(href) ? el('a', { href, rel: 'noreferrer' }, text) : el('span', {}, `${text} (${href})`);

export const button = (text: string, press: () => unknown): HTMLButtonElement => {
  const element = el('button', { type: 'button' }, text);
  element.addEventListener('click', () => void press());
  return element;
};

/** Rows of a table with its caption; the cells of the first row are headings. */
export function table(caption: string, [head = [], ...rows]: (Node | string)[][]): HTMLElement {
  const cells = (tag: 'th' | 'td', row: (Node | string)[]) =>
    el('tr', {}, ...row.map((cell) => el(tag, tag === 'th' ? { scope: 'col' } : {}, cell)));
  return el(
    'table',
    {},
    el('caption', {}, caption),
    el('thead', {}, cells('th', head)),
    el('tbody', {}, ...rows.map((row) => cells('td', row))),
  );
}
