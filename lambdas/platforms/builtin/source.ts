import { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isOutside, urlFault, type UrlRules } from '../../shared/url-guard.ts';
import { RasterFault } from './rules/raster-fault.ts';

/** Largest file that is read; the function's memory holds it three times. */
export const mostBytes = 128 * 1024 * 1024;
const seconds = 60;

/**
 * Reads a file by URL: over the URL guard, to no address inside the network whatever its name resolves to, and without following
 * redirects. Faults never repeat the URL, which may be signed.
 */
export function download(url: string, rules: UrlRules): Promise<Uint8Array> {
  const fault = urlFault(url, rules);
  if (fault !== undefined) return Promise.reject(new RasterFault(`The source cannot be read. ${fault}`));
  const target = new URL(url);
  const refuse = (reason: string) => new RasterFault(`The source cannot be read: ${target.host} ${reason}.`);
  return new Promise((resolve, reject) => {
    const request = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, {
      agent: false,
      // The address that is connected to is the one that was looked at.
      lookup: (host, options, callback) =>
        lookup(host, { ...options, all: true }, (error, addresses) => {
          if (error) return callback(error, '', 4);
          const outside = addresses.filter(({ address }) => isOutside(address, rules));
          if (outside.length === 0) return callback(Object.assign(new Error('internal'), { code: 'EINTERNAL' }), '', 4);
          if (options.all) return (callback as unknown as (e: null, all: typeof outside) => void)(null, outside);
          return callback(null, outside[0]!.address, outside[0]!.family);
        }),
    });
    const timer = setTimeout(() => fail(refuse(`did not send it within ${seconds} s`)), seconds * 1000);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
      request.destroy();
    };
    request.on('error', (error: NodeJS.ErrnoException) => fail(refuse(`does not answer (${error.code ?? 'no reason'})`)));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      if (response.statusCode !== 200) return fail(refuse(`answers ${response.statusCode}`));
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) fail(refuse(`sends more than ${mostBytes / 1024 / 1024} MB`));
        else chunks.push(chunk);
      });
      response.on('error', () => fail(refuse('broke off')));
      response.on('end', () => {
        clearTimeout(timer);
        resolve(Buffer.concat(chunks));
      });
    });
    request.end();
  });
}
