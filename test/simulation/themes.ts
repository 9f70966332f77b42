import type { FaultRates } from './faults.ts';

/** What some seeds have plenty of, so that what is seldom written is written there, and races with the rest. */
const themes = {
  /** Platforms forget jobs, and find some again. */
  forgetful: { forgets: 0.04, omits: 0.25 },
  /** Answers of platforms are lost, and what was asked takes effect late. */
  ambiguous: { lostAnswer: 0.25, lateCommit: 0.15 },
  /** Callers wait for their answers, and their calls cannot be ordered. */
  callers: { tableFails: 0.15 },
  /** Tasks try a few of their jobs first. */
  canaries: {},
  /** Owners act whenever something happens. */
  meddlers: {},
  /** Indexes are late. */
  late: { stale: 0.3, lostAnswer: 0.15, crash: 0.05 },
  /** Platforms have a place or two, and let little start. */
  scarce: {},
  /** Functions and executions die in the middle of what they do. */
  mortals: { crash: 0.15, stops: 0.1 },
  /** Platforms are paused and removed. */
  removals: {},
  /** Platforms run what they never answered, while they are paused; audits come often. */
  strays: { lostAnswer: 0.3 },
  /** Messages and executions come twice. */
  twins: { duplicate: 0.25 },
  /** Results are copied, and the copying cannot be begun. */
  copies: { tableFails: 0.15 },
  /** The queue of what is to be counted is often out of order. */
  uncounted: { partial: 0.05 },
} as const satisfies Record<string, Partial<FaultRates>>;
export type Theme = keyof typeof themes;
export const themeNames = Object.keys(themes) as Theme[];

/** The theme of a seed; half of them have none. */
export const themeOf = (random: () => number): Theme | undefined =>
  random() < 0.5 ? undefined : themeNames[Math.floor(random() * themeNames.length)];

/** The rates with what the theme has more of, as far as those faults may happen at all. */
export function themed(rates: FaultRates, theme: Theme | undefined, allowed: readonly string[]): FaultRates {
  const more = Object.entries(theme === undefined ? {} : themes[theme]).filter(([kind]) => allowed.includes(kind));
  return { ...rates, ...Object.fromEntries(more) };
}
