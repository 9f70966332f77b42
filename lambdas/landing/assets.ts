import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Answer } from '../shared/http/call.ts';

/** Files of a folder as answers, each read once. A browser asks for them again after an hour, by then there may be others. */
export function fileIn(folder: string): (name: string, type: string) => Answer {
  const kept = new Map<string, Answer>();
  return (name, type) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const body = readFileSync(`${folder}/${name}`, 'utf8');
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const headers = {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
      etag,
    };
    const answer = { status: 200, headers, body };
    kept.set(name, answer);
    return answer;
  };
}
