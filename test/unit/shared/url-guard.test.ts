import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isOutside, urlFault } from '../../../lambdas/shared/url-guard.ts';

const rules = { schemes: ['https:', 'http:'], loopback: false };
const may = (url: string) => urlFault(url, rules) === undefined;

describe('A URL from outside', () => {
  it.each(['https://example.org/a.tif', 'http://93.184.216.34/', 'https://[2606:2800:220:1::1]/', 'https://data.example.org:8443/x?y=z'])(
    'may be %s',
    (url) => expect(may(url)).toBe(true),
  );

  it.each([
    ...['http://127.0.0.1/', 'http://127.1/', 'http://0x7f.0.0.1/', 'http://2130706433/', 'http://017700000001/', 'http://localhost:8080/'],
    ...['http://10.1.2.3/', 'http://172.31.0.1/', 'http://192.168.1.1/', 'http://100.64.0.1/', 'http://0.0.0.0/'],
    ...['http://169.254.169.254/latest/meta-data/', 'http://[fd00:ec2::254]/', 'http://[::ffff:169.254.169.254]/', 'http://[::1]/'],
    ...['http://[fe80::1]/', 'http://[64:ff9b::a9fe:a9fe]/', 'http://[2002:7f00:1::]/', 'http://metadata.google.internal/'],
    ...['http://router.local/', 'http://intranet/', 'http://service.localhost./', 'http://224.0.0.1/'],
  ])('may not be %s', (url) => expect(urlFault(url, rules)).toContain('internal address'));

  it.each([
    ['ftp://example.org/', 'starts with https:// or http://'],
    ['file:///etc/passwd', 'starts with'],
    ['javascript:alert(1)', 'starts with'],
    ['/relative', 'no absolute URL'],
    ['', 'no absolute URL'],
    ['https://me:secret@example.org/', 'user name'],
  ])('that is %s is refused with the reason', (url, reason) => expect(urlFault(url, rules)).toContain(reason));

  it('may name this machine where everything runs on it, and nothing else inside', () => {
    const local = { ...rules, loopback: true };
    for (const url of ['http://127.0.0.1:4566/a', 'http://localhost/', 'http://[::1]:80/']) expect(urlFault(url, local)).toBeUndefined();
    for (const url of ['http://169.254.169.254/', 'http://10.0.0.1/']) expect(urlFault(url, local)).toBeDefined();
  });

  it('never leads to a private network, however the address is written', () => {
    fc.assert(
      fc.property(fc.nat(0xffffff), fc.constantFrom(10, 127), (rest, first) => {
        const number = first * 2 ** 24 + rest;
        const octets = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
        for (const host of [String(number), `0x${number.toString(16)}`, octets, `[::ffff:${octets}]`])
          expect(may(`http://${host}/`)).toBe(false);
        expect(isOutside(octets, rules)).toBe(false);
      }),
    );
  });
});
