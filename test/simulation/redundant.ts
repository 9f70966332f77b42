/** Conditions whose absence breaks no invariant, and why: by the beginning of the mutation's name. */
export const redundant: Readonly<Record<string, string>> = {};
