import { createHash, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { SigningKey } from './model.ts';
import type { KeyStore } from './ports.ts';

/** What was sealed opens only with the same context. */
const sealedFor = { purpose: 'callbacks' };

interface Vault {
  seal(text: string, context: Record<string, string>): Promise<string>;
  open(sealed: string, context: Record<string, string>): Promise<string>;
}

/** Makes the deployment's key pair where there is none yet; its private half is never in clear outside a function's memory. */
export async function ensureKey(keys: KeyStore, vault: Pick<Vault, 'seal'>, created: string): Promise<{ made: boolean }> {
  if ((await keys.get()) !== undefined) return { made: false };
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const x = (publicKey.export({ format: 'jwk' }) as { x: string }).x;
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  const kid = createHash('sha256').update(x).digest('base64url').slice(0, 16);
  return { made: await keys.putFirst({ kid, x, sealed: await vault.seal(secret, sealedFor), created }) };
}

/** Signs with the deployment's key, which is opened once and then kept for as long as the function lives. */
export function signer(keys: KeyStore, vault: Pick<Vault, 'open'>): (text: string) => Promise<string> {
  let opened: Promise<KeyObject> | undefined;
  const open = async (): Promise<KeyObject> => {
    const key: SigningKey | undefined = await keys.get();
    if (key === undefined) throw new Error('There is no key to sign callbacks with: deploy the callbacks stack again.');
    return createPrivateKey({ key: Buffer.from(await vault.open(key.sealed, sealedFor), 'base64'), format: 'der', type: 'pkcs8' });
  };
  return async (text) => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return sign(null, Buffer.from(text), await opened).toString('base64');
  };
}
