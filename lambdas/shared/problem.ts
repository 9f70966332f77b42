/** One fault of a request: where it is (a JSON pointer into the body, or a parameter's name) and what to do about it. */
export interface Fault {
  pointer: string;
  message: string;
}

/**
 * The one error that reaches a user. Every door encodes it in its own dialect (docs/errors.md lists the codes).
 * `message` is for people and never holds a token, a stack or an internal name.
 */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, more: { errors?: readonly Fault[]; headers?: Record<string, string> } = {}) {
    super(message);
    this.name = code;
    this.status = status;
    this.code = code;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}
