/** Why the server did not do what was asked, in words for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; `0` when the server could not be reached. */
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** What {@link request} sends. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Asks the studio's server.
 *
 * @throws {@link ApiError} for every answer that is no success, and when none came.
 */
export async function request<Answer>(
  path: string,
  { method = 'GET', body, signal }: RequestOptions = {},
): Promise<Answer> {
  const response = await send(path, method, body, signal);
  const text = await response.text();
  const answer = parse(text);
  if (response.ok) return answer as Answer;
  throw toApiError(response.status, answer);
}

/** Reads the refusal out of an error's body, whatever else came instead of one. */
export function toApiError(status: number, answer: unknown): ApiError {
  const { error } = (answer ?? {}) as { error?: { code?: unknown; message?: unknown } };
  const code = typeof error?.code === 'string' ? error.code : `HTTP_${status}`;
  const message = typeof error?.message === 'string' ? error.message : `The server answered with status ${status}.`;
  return new ApiError(status, code, message);
}

async function send(path: string, method: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'UNREACHABLE', 'The server cannot be reached. Check your connection and try again.', {
      cause,
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy in front of the server may answer with a page of its own; the status says enough.
    return null;
  }
}
