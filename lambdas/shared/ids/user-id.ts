import { createHash } from 'node:crypto';

/** RFC 4648 base32, lower case: safe in keys, paths and host names. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
/** 26 characters of base32 hold 130 bits of the hash. */
const length = 26;

/** The id of whoever `subject` is for `issuer`: always the same, and it tells neither. */
export function userIdOf(issuer: string, subject: string): string {
  const bits = Array.from(createHash('sha256').update(`${issuer}\n${subject}`).digest(), (byte) => byte.toString(2).padStart(8, '0')).join(
    '',
  );
  return Array.from({ length }, (_, i) => alphabet[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)]).join('');
}
