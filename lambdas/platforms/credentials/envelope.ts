import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Vault } from './ports.ts';

const algorithm = 'aes-256-gcm';
/** Bytes, as NIST SP 800-38D recommends. */
const [nonceBytes, tagBytes] = [12, 16];

/**
 * Seals texts of any length: KMS takes 4 KB, which a token may exceed. Each text is encrypted under a key of its own, and
 * that key by the vault; the context belongs to both.
 */
export const envelope = (vault: Vault): Vault => ({
  async seal(text, context) {
    const key = randomBytes(32);
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, key, nonce).setAAD(boundTo(context));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const body = Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    return `${await vault.seal(key.toString('base64'), context)}.${body}`;
  },
  async open(sealed, context) {
    const [sealedKey = '', body = ''] = sealed.split('.');
    const key = Buffer.from(await vault.open(sealedKey, context), 'base64');
    const bytes = Buffer.from(body, 'base64');
    const cipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes)).setAAD(boundTo(context));
    cipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([cipher.update(bytes.subarray(nonceBytes + tagBytes)), cipher.final()]).toString('utf8');
  },
});

const boundTo = (context: Record<string, string>): Buffer => Buffer.from(JSON.stringify(Object.entries(context).toSorted()));
