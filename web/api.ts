/** Base URL of the API, without a slash at its end. */
export const base = document.documentElement.dataset['api']!;

const key = 'swath-token';
/** The token stays in this tab and ends with it; no other site, tab or script of ours has it. */
export const session = {
  get: (): string | null => sessionStorage.getItem(key),
  set: (token: string): void => sessionStorage.setItem(key, token.trim().replace(/^Bearer\s+/i, '')),
  end: (): void => sessionStorage.removeItem(key),
};

interface Fault {
  pointer: string;
  message: string;
}

/** What the API said when it refused, in either of its forms. */
export class Refusal extends Error {
  readonly status: number;
  readonly faults: readonly Fault[];

  constructor(status: number, body: { detail?: string; message?: string; errors?: Fault[]; details?: { errors?: Fault[] } | null }) {
    super(body.detail ?? body.message ?? `The service answered ${status}.`);
    this.status = status;
    this.faults = body.errors ?? body.details?.errors ?? [];
  }
}

/** One request. A path is below the base; an address that the API gave is taken as it is, as long as it is the API's own. */
export async function ask(method: 'GET' | 'POST' | 'DELETE', address: string, body?: unknown, prefer?: string): Promise<Response> {
  const url = address.startsWith('/') ? base + address : address;
  if (!url.startsWith(`${base}/`)) throw new Error('This address is not of this service.');
  const token = session.get();
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(prefer === undefined ? {} : { prefer }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  throw new Refusal(response.status, (await response.json().catch(() => ({}))) as ConstructorParameters<typeof Refusal>[1]);
}

export const read = async <Body>(address: string): Promise<Body> => (await (await ask('GET', address)).json()) as Body;
