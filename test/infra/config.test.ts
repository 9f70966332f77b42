import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../lib/config/load.ts';
import { Config } from '../../lib/config/schema.ts';
import { configs } from './synthesized.ts';

const parse = (change: object) => Config.safeParse({ ...configs.local, ...change });
const withSettings = (change: object) => parse({ settings: { ...configs.local.settings, ...change } });

describe('the times of the job core', () => {
  it('hold together in every environment', () => {
    expect(parse({}).success).toBe(true);
    for (const config of Object.values(configs)) expect(Config.safeParse(config).success).toBe(true);
  });

  it.each([
    ['a lease that two requests outlast', { leaseSeconds: 14 }, 'leaseSeconds must exceed'],
    ['a function that ends before a claim made at the last moment', { functionSeconds: 17 }, 'functionSeconds must hold'],
    ['a function that outlives its lease', { functionSeconds: 20 }, 'functionSeconds must be shorter'],
    ['a quarantine no longer than lease and late commit', { quarantineSeconds: 24 }, 'quarantineSeconds must exceed'],
  ])('are refused with %s', (_, change, message) => {
    const parsed = withSettings(change);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});

describe('the local config', () => {
  it('takes what only the running machine knows from variables', () => {
    const extra = { id: 'strict', kind: 'ogc-processes', title: 'Strict', baseUrl: 'http://127.0.0.1:7001' };
    const config = loadConfig('local', {
      SWATH_ENDPOINT: 'http://127.0.0.1:7002',
      SWATH_PUBLIC_ENDPOINT: 'http://127.0.0.1:7003',
      SWATH_PYGEOAPI: 'http://127.0.0.1:7004',
      SWATH_PLATFORMS: JSON.stringify([extra]),
      SWATH_SETTINGS: JSON.stringify({ pollMinSeconds: 60 }),
    });
    expect(config).toMatchObject({ endpoint: 'http://127.0.0.1:7002', publicEndpoint: 'http://127.0.0.1:7003' });
    expect(config.settings).toEqual({ ...configs.local.settings, pollMinSeconds: 60 });
    expect(config.platforms.map((p) => [p.id, p.baseUrl])).toEqual([
      ['pygeoapi', 'http://127.0.0.1:7004'],
      ['builtin', 'https://builtin.swath.invalid'],
      ['strict', 'http://127.0.0.1:7001'],
    ]);
  });

  it('has the openEO back-end where the machine runs one, with the definitions that it serves', () => {
    expect(configs.local.platforms.map(({ id }) => id)).not.toContain('openeo');
    const config = loadConfig('local', { SWATH_OPENEO: 'http://127.0.0.1:7005' });
    const entry = config.platforms.find(({ id }) => id === 'openeo');
    expect(entry).toMatchObject({ kind: 'openeo', baseUrl: 'http://127.0.0.1:7005', processHosts: ['127.0.0.1:7005'] });
  });

  it('gives clients the endpoint of the functions unless told otherwise', () => {
    expect(loadConfig('local', { SWATH_ENDPOINT: 'http://127.0.0.1:7002' }).publicEndpoint).toBe('http://127.0.0.1:7002');
  });

  it('refuses two platforms of one name, and says where', () => {
    expect(() => loadConfig('local', { SWATH_PLATFORMS: JSON.stringify([configs.local.platforms[1]]) })).toThrow(
      /local[^]*two platforms have the same id/,
    );
  });

  it('refuses a platform that runs jobs as their users and is to be exclusive', () => {
    const auth = { method: 'user', issuer: 'https://id.example', clientId: 'swath' };
    const entry = { id: 'hers', kind: 'openeo', title: 'Hers', baseUrl: 'https://hers.example', auth };
    expect(() => loadConfig('local', { SWATH_PLATFORMS: JSON.stringify([{ ...entry, exclusive: true }]) })).toThrow(/is not exclusive/);
    expect(loadConfig('local', { SWATH_PLATFORMS: JSON.stringify([entry]) }).platforms.at(-1)).toMatchObject({ id: 'hers' });
  });

  it('may name an issuer on this machine, which no other environment may', () => {
    const issuer = { id: 'test', issuer: 'http://127.0.0.1:5340', audience: ['swath'] };
    expect(loadConfig('local', { SWATH_ISSUERS: JSON.stringify([issuer]) }).issuers).toMatchObject([issuer]);
    expect(Config.safeParse({ ...configs.dev, issuers: [issuer] }).success).toBe(false);
  });
});
