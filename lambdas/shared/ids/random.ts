/** Spread for waiting times, in [0, 1). Never for secrets. */
export const random = { next: (): number => Math.random() };
