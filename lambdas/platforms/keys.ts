/** Keys of the platforms table. One partition holds the registry, which is small and read as a whole. */
export const registry = 'platform';
export const platformKey = (id: string) => ({ pk: registry, sk: id });
