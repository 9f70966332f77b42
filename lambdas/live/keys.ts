/** Every key of the connections table. */
export const ticketKey = (hash: string) => ({ pk: `ticket#${hash}`, sk: 'ticket' });
export const connectionKey = (connectionId: string) => ({ pk: `connection#${connectionId}`, sk: 'connection' });
/** One request a second and connection: the second is in the key. */
export const askKey = (connectionId: string, second: number) => ({ pk: `connection#${connectionId}`, sk: `ask#${second}` });

const subjectPk = (subject: string): string => `subject#${subject}`;
export const viewersOf = (subject: string) => ({ pk: subjectPk(subject), prefix: 'viewer#' });
export const changesOf = (subject: string) => ({ pk: subjectPk(subject), prefix: 'change#' });
export const bundlesOf = (subject: string) => ({ pk: subjectPk(subject), prefix: 'bundle#' });
export const bundleKey = (subject: string, key: string) => ({ pk: subjectPk(subject), sk: `bundle#${key}` });
export const viewerKey = (subject: string, connectionId: string) => ({ pk: subjectPk(subject), sk: `viewer#${connectionId}` });
export const changeKey = (subject: string, jobId: string) => ({ pk: subjectPk(subject), sk: `change#${jobId}` });
export const stateKey = (subject: string) => ({ pk: subjectPk(subject), sk: 'state' });
/** Ten digits sort a frame a second for 300 years. */
export const frameKey = (subject: string, n: number) => ({ pk: subjectPk(subject), sk: `frame#${String(n).padStart(10, '0')}` });

/** The items whose insert starts something: a new connection, and a connection that asks for a full status. */
export const startsWhat = (sk: unknown): 'greeting' | 'status' | undefined =>
  sk === 'connection' ? 'greeting' : typeof sk === 'string' && sk.startsWith('ask#') ? 'status' : undefined;
