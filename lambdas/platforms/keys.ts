/** Keys of the platforms table. One partition holds the registry, which is small and read as a whole. */
export const registry = 'platform';
export const platformKey = (id: string) => ({ pk: registry, sk: id });

export const changesOf = (id: string): string => `audit#${id}`;
/** Versions in the order of numbers. */
export const changeOrder = (version: number): string => String(version).padStart(8, '0');
export const changeKey = (id: string, version: number) => ({ pk: changesOf(id), sk: changeOrder(version) });
