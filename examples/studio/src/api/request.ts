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
  /** The same one when something is asked for again, so that it is not done twice. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** Longest wait for a whole answer, in milliseconds. */
const DEADLINE_MS = 30_000;

/**
 * Asks the studio's server.
 *
 * @throws {@link ApiError} for every answer that is no success, and when none came, or not within 30 seconds.
 */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const { response, text } = await send(path, options);
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

interface Received {
  readonly response: Response;
  readonly text: string;
}

async function send(path: string, { method = 'GET', body, idempotencyKey, signal }: RequestOptions): Promise<Received> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MS);
  const passOn = (): void => deadline.abort(signal?.reason);
  if (signal?.aborted) passOn();
  signal?.addEventListener('abort', passOn, { once: true });
  try {
    const response = await fetch(path, {
      method,
      signal: deadline.signal,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { response, text: await response.text() };
  } catch (cause) {
    if (signal?.aborted) throw cause;
    if (deadline.signal.aborted) {
      const seconds = DEADLINE_MS / 1000;
      throw new ApiError(0, 'TIMED_OUT', `The server did not answer within ${seconds} seconds. Try again.`, { cause });
    }
    throw new ApiError(0, 'UNREACHABLE', 'The server cannot be reached. Check your connection and try again.', {
      cause,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', passOn);
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
