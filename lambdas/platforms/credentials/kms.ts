import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Vault } from './ports.ts';

/** A vault of one KMS key. KMS takes 4 KB a call, which an account does not reach. */
export const kmsVault = (kms: () => KMSClient, keyId: string): Vault => ({
  async seal(text, context) {
    const { CiphertextBlob } = await kms().send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(text), EncryptionContext: context }),
    );
    return Buffer.from(CiphertextBlob!).toString('base64');
  },
  async open(sealed, context) {
    const { Plaintext } = await kms().send(
      new DecryptCommand({ KeyId: keyId, CiphertextBlob: Buffer.from(sealed, 'base64'), EncryptionContext: context }),
    );
    return Buffer.from(Plaintext!).toString('utf8');
  },
});
