import type { PlatformOutput } from '../../../platforms/ports.ts';
import type { ResultDocument } from '../model.ts';

/**
 * Assets of a result document as outputs by reference, with the links as they are: signed for a while, so that the address
 * of the document, `url`, is their source. Relative ones are resolved against it.
 */
export const outputs = (document: ResultDocument, url: string): PlatformOutput[] =>
  Object.entries(document.assets).flatMap(([name, { href, type, title }]) => {
    const absolute = URL.parse(href, url)?.href;
    if (absolute === undefined) return [];
    return [{ name, href: absolute, source: url, ...(type === undefined ? {} : { type }), ...(title === undefined ? {} : { title }) }];
  });

/** A document that says it is only a part, as back-ends show while the job goes on (`openeo:status`). */
export const isPartial = (document: ResultDocument): boolean => !['finished', undefined].includes(document['openeo:status']);
