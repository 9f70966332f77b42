import { NonRetryableFetchError } from 'aws-jwt-verify/error';

/** Reads a JSON Web Key Set; throws a `FetchError` when it cannot. */
export type ReadKeys = (uri: string) => Promise<ArrayBuffer>;

const timeoutMs = 3_000;

/** Locally the user pool's keys are not at the AWS host that its tokens name as issuer, but at the emulator. */
export const keysAddress = (uri: string, endpoint: string | undefined): string =>
  endpoint === undefined ? uri : uri.replace(/^https:\/\/cognito-idp\.[^/]+/, endpoint.replace(/\/+$/, ''));

export const readKeys: ReadKeys = async (uri) => {
  const address = keysAddress(uri, process.env['AWS_ENDPOINT_URL']);
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.arrayBuffer();
  } catch (error) {
    throw new NonRetryableFetchError(address, error);
  }
};
