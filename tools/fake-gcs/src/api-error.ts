/** An answer of the JSON API that is not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Machine-readable word, such as `conditionNotMet`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  /** The body as Google writes it. */
  toJson(): string {
    const { status, reason, message } = this;
    return JSON.stringify({ error: { code: status, message, errors: [{ message, domain: 'global', reason }] } });
  }
}

/** A name nobody has. */
export function notFound(what: string): ApiError {
  return new ApiError(404, 'notFound', `No such ${what}`);
}
