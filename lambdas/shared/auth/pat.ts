import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** RFC 4648 base32, lower case: survives every copy and has no sign that ends a word. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const prefix = 'swath_pat_';
/** Owner, id (80 random bits), secret (260 random bits), checksum (32 bits). */
const form = /^swath_pat_([a-z2-7]{26})([a-z2-7]{16})([a-z2-7]{52})([a-z2-7]{7})$/;

/** A text of so many characters from as many random bytes, five bits of each. */
const letters = (bytes: Uint8Array, length: number): string => Array.from({ length }, (_, i) => alphabet[bytes[i]! & 31]).join('');

const checksum = (text: string): string => {
  const sum = crc32(text);
  return Array.from({ length: 7 }, (_, i) => alphabet[(sum >>> Math.max(0, 27 - 5 * i)) & 31]).join('');
};

/** Random bytes that a new token needs. */
export const patBytes = 16 + 52;

/**
 * A personal access token: its prefix tells scanners what it is, its owner and id say where it stands, and its checksum
 * catches typing errors and what only looks like one.
 */
export function makePat(owner: string, bytes: Uint8Array): { token: string; id: string } {
  const id = letters(bytes, 16);
  const body = `${prefix}${owner}${id}${letters(bytes.subarray(16), 52)}`;
  return { token: body + checksum(body), id };
}

/** Whose token a text is, and which; undefined for one that no token can be. */
export function readPat(text: string): { owner: string; id: string } | undefined {
  const [, owner, id, , sum] = form.exec(text) ?? [];
  if (owner === undefined || id === undefined || checksum(text.slice(0, -7)) !== sum) return undefined;
  return { owner, id };
}

export const looksLikePat = (text: string): boolean => text.startsWith(prefix);

/** What is kept of a token. Its secret has 260 random bits, so that a plain hash is as good as a slow one. */
export const hashPat = (token: string): string => createHash('sha256').update(token).digest('hex');

export const isHashOf = (hash: string, token: string): boolean => {
  const [kept, given] = [Buffer.from(hash, 'hex'), Buffer.from(hashPat(token), 'hex')];
  return kept.length === given.length && timingSafeEqual(kept, given);
};
