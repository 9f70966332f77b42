import type { ConfigInput } from './schema.ts';

/** The machine as it is found when the app is synthesized: what only a running local environment knows comes in variables. */
type Machine = Readonly<Record<string, string | undefined>>;

/**
 * The environment on one's own machine.
 * `SWATH_ENDPOINT` is the emulator as functions see it, `SWATH_PUBLIC_ENDPOINT` as clients see it, `SWATH_PYGEOAPI` the base URL
 * of the sample platform, `SWATH_OPENEO` that of the sample openEO back-end (absent: there is none), `SWATH_PLATFORMS` a JSON array of further registry entries, `SWATH_ISSUERS` one of OpenID Connect issuers, `SWATH_SETTINGS` an object of times of the job core instead of those below. Without any it synthesizes all the same.
 */
export function local(machine: Machine): ConfigInput {
  const openEo = machine['SWATH_OPENEO'];
  const endpoint = machine['SWATH_ENDPOINT'] ?? 'http://127.0.0.1:4566';
  return {
    env: 'local',
    region: 'us-east-1', // the emulator's default
    removal: 'destroy',
    terminationProtection: false,
    logLevel: 'info',
    logRetentionDays: 1,
    throttle: { rate: 1000, burst: 1000 }, // the emulator does not throttle
    rateLimits: { reads: { perMinute: 60_000, burst: 10_000 }, writes: { perMinute: 30_000, burst: 5000 } }, // tests ask often
    rolesClaim: 'cognito:groups',
    issuers: JSON.parse(machine['SWATH_ISSUERS'] ?? '[]') as ConfigInput['issuers'],
    passwordAuth: true, // demo users sign in from scripts
    // Every time of the job core shrunk together, in the order that the schema demands.
    settings: {
      connectSeconds: 2,
      readSeconds: 5,
      claimSeconds: 4,
      functionSeconds: 19, // 4 + 2 x (2 + 5) = 18
      leaseSeconds: 20,
      lateCommitSeconds: 4,
      quarantineSeconds: 25, // > 20 + 4
      syncSeconds: 30,
      pollMinSeconds: 1,
      pollMaxSeconds: 10,
      watchSeconds: 1,
      lostAfterSeconds: 10,
      auditAgeSeconds: 35, // > quarantine
      closeSeconds: 2,
      closeMaxSeconds: 10,
      copySeconds: 60,
      copyAgainSeconds: 1,
      chunkSeconds: 30,
      ...(JSON.parse(machine['SWATH_SETTINGS'] ?? '{}') as Partial<ConfigInput['settings']>),
    },
    internalPlatforms: true, // they are servers on this machine
    platforms: [
      {
        id: 'pygeoapi',
        kind: 'ogc-processes',
        title: 'Sample platform (pygeoapi)',
        baseUrl: machine['SWATH_PYGEOAPI'] ?? 'http://127.0.0.1:5000',
        exclusive: true, // nobody else speaks to this machine's pygeoapi
        limits: { parallel: 4, running: 2, startsPerMinute: 600, burst: 20 }, // two at once, so that a queue shows
      },
      {
        id: 'builtin',
        kind: 'builtin',
        title: 'Built-in processes',
        baseUrl: 'https://builtin.swath.invalid', // a name to ask for it by; nothing is called there
        limits: { running: 20, parallel: 20 },
      },
      ...(openEo === undefined ? [] : [sampleOpenEo(openEo)]),
      ...(JSON.parse(machine['SWATH_PLATFORMS'] ?? '[]') as ConfigInput['platforms']),
    ],
    endpoint,
    publicEndpoint: machine['SWATH_PUBLIC_ENDPOINT'] ?? endpoint,
  };
}

/** The sample openEO back-end; it serves definitions of processes, too. */
const sampleOpenEo = (baseUrl: string): ConfigInput['platforms'][number] => ({
  id: 'openeo',
  kind: 'openeo',
  title: 'Sample openEO back-end (titiler-openeo)',
  baseUrl,
  exclusive: true,
  processHosts: [new URL(baseUrl).host],
  limits: { parallel: 4, running: 2, startsPerMinute: 600, burst: 20 },
});
