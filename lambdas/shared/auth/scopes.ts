/** What a personal access token may be good for; each route states which of them it needs, and one that states none takes no such token. */
export const scopes = ['jobs:read', 'jobs:write', 'platforms:read', 'files:write', 'processes:write'] as const;
export type Scope = (typeof scopes)[number];
