export interface Figure {
  name: string;
  value: number;
  unit: string;
  goal?: number;
  met?: boolean;
  command: string;
  date: string;
}

export const command = 'npm run bench';
/** Where the environment under measurement has its files. */
export const state = '.swath/bench';
const date = new Date().toISOString().slice(0, 10);
const round = (value: number) => Number(value.toPrecision(3));

/** Smaller is better in every figure here. */
export const figure = (name: string, value: number, unit: string, goal?: number): Figure => ({
  name,
  value: round(value),
  unit,
  ...(goal === undefined ? {} : { goal, met: value <= goal }),
  command,
  date,
});

/** The value that `share` of the values do not pass. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]!;
