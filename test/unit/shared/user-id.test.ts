import { describe, expect, it } from '@jest/globals';
import { userIdOf } from '../../../lambdas/shared/ids/user-id.ts';

describe('a user id', () => {
  it('never changes: tables and buckets are keyed with it', () =>
    expect(userIdOf('https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc', '1')).toBe('fps5xcxclmdmlxdyugyusfpnkj'));
  it('is safe in keys, paths and host names', () => expect(userIdOf('https://issuer', 'ß/../x')).toMatch(/^[a-z2-7]{26}$/));
  it('differs between issuers and between subjects', () =>
    expect(new Set([userIdOf('a', 'b'), userIdOf('a', 'c'), userIdOf('b', 'b'), userIdOf('a\nb', '')]).size).toBe(4));
});
