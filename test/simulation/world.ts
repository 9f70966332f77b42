import { Settings } from '../../lambdas/dispatch/model.ts';
import { Platform, type RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import type { PlatformShape } from './platform.ts';
import type { Theme } from './themes.ts';

const minute = 60_000;
export const usual = Settings.parse({});
/** As tight as the schema allows: functions end and leases run out in the middle of things. */
export const tight = Settings.parse({
  connectSeconds: 2,
  readSeconds: 5,
  claimSeconds: 4,
  functionSeconds: 19,
  leaseSeconds: 20,
  lateCommitSeconds: 20,
  quarantineSeconds: 41,
  pollMinSeconds: 5,
  pollMaxSeconds: 30,
  lostAfterSeconds: 40,
  closeSeconds: 2,
  closeMaxSeconds: 20,
  auditAgeSeconds: 120,
  syncSeconds: 30,
  copySeconds: 20,
  copyAgainSeconds: 2,
  chunkSeconds: 30,
});

/** Two or three platforms of different dialects. */
export function shapes(random: () => number, start: number, scale: number, mayFail: boolean, theme: Theme | undefined): PlatformShape[] {
  const dialects = (['strict', 'vito', 'ogc', 'batch'] as const).filter(() => random() < 0.6);
  if (dialects.length < 2) dialects.splice(0, dialects.length, 'vito', 'ogc');
  // Only there can what runs be found by an audit.
  if (theme === 'strays') dialects.splice(0, dialects.length, 'vito', 'batch');
  return dialects.map((dialect) => {
    const outageAt = start + random() * 60 * scale * minute;
    return {
      id: dialect,
      dialect,
      running: 1 + Math.floor(random() * (theme === 'scarce' ? 2 : 8)),
      enforces: random() < 0.5,
      // An audit looks at what is older than two minutes.
      seconds: [(theme === 'strays' ? 150 : 2) + random() * 100 * scale, random() * 600 * scale],
      failing: random() * 0.2,
      hasList: random() < 0.7,
      ...(mayFail && random() < 0.15 ? { outage: [outageAt, outageAt + random() * 60 * scale * minute] as [number, number] } : {}),
    };
  });
}

export function entryOf(
  { id, dialect, running, enforces }: PlatformShape,
  random: () => number,
  scale: number,
  theme: Theme | undefined,
): RegisteredPlatform {
  // One that refuses what is too much is known to: else each try of a whole batch is refused for hours.
  const isCounted = enforces || random() < 0.8;
  const entry = Platform.parse({
    id,
    kind: dialect === 'ogc' || dialect === 'batch' ? 'ogc-processes' : 'openeo',
    title: id,
    baseUrl: `https://${id}.example`,
    exclusive: dialect === 'ogc' && random() < 0.7,
    ...(random() < 0.2 ? { deadlineHours: (0.1 + random() * 0.4) * scale } : {}),
    ...(random() < (theme === 'copies' ? 1 : 0.2) ? { results: { policy: 'copy' } } : {}),
    limits: {
      // Of some platforms nobody knows how much they take: no place is counted.
      ...(isCounted ? { running } : {}),
      parallel: random() < 0.3 ? 41 : 1 + Math.floor(random() * 6),
      burst: 1 + Math.floor(random() * (theme === 'scarce' ? 2 : 10)),
      ...(isCounted && random() < 0.7 ? { startsPerMinute: 2 + Math.floor(random() * (theme === 'scarce' ? 4 : 60)) } : {}),
    },
  });
  return { ...entry, state: 'active', version: 1 };
}
