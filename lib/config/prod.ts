import { dev } from './dev.ts';
import type { ConfigInput } from './schema.ts';

/**
 * An environment that people rely on. `SWATH_ALARM_EMAIL` is who is told of alarms: an operator's address is none of the
 * repository's business.
 */
export function prod(machine: Readonly<Record<string, string | undefined>>): ConfigInput {
  const alarmEmail = machine['SWATH_ALARM_EMAIL'];
  return {
    ...dev,
    env: 'prod',
    removal: 'retain',
    terminationProtection: true, // a stack goes only after somebody has taken this off by hand
    logLevel: 'info',
    logRetentionDays: 365, // a bill or a job of last year may be asked about
    throttle: { rate: 500, burst: 1000 }, // a twentieth of the account's 10,000 a second
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
  };
}
