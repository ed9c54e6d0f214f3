import type {
  RoomClientMessage,
  RoomRequestAction,
  RoomRequestOf,
  RoomRequestResult,
  RoomServerMessage,
} from '@colloquy/live-protocol';
import { LiveClientError, type LiveClientErrorCode } from '../errors.ts';

type Refused = Extract<RoomServerMessage, { readonly type: 'refused' }>;

/** What a request takes besides its parameters. */
export interface RoomRequestOptions {
  /** Stops waiting for the answer; what was asked for may still happen. */
  readonly signal?: AbortSignal;
}

/** What {@link RoomRequests} need of their surroundings. */
export interface RoomRequestsPort {
  readonly send: (message: RoomClientMessage) => void;
  readonly isOpen: () => boolean;
  /** Longest wait for an answer, in milliseconds; `0` waits for ever. */
  readonly timeoutMs: number;
}

interface Asked {
  readonly action: RoomRequestAction;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What this client asked of the room and was not answered yet. Each gets its own answer, or an error in time. */
export class RoomRequests {
  readonly #port: RoomRequestsPort;
  readonly #asked = new Map<string, Asked>();
  #counter = 0;

  constructor(port: RoomRequestsPort) {
    this.#port = port;
  }

  /** @throws LiveClientError as the methods of `RoomHost` do. */
  async ask<A extends RoomRequestAction>(
    request: RoomRequestOf<A>,
    { signal }: RoomRequestOptions = {},
  ): Promise<RoomRequestResult<A>> {
    const { action } = request;
    if (signal?.aborted) throw aborted(action, signal);
    if (!this.#port.isOpen()) {
      throw new LiveClientError('ERR_NOT_CONNECTED', `"${action}" needs a connection; call connect() first.`);
    }
    this.#counter += 1;
    const id = `q${this.#counter}`;
    return new Promise<RoomRequestResult<A>>((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#asked.delete(id);
      };
      const fail = (error: unknown) => {
        finish();
        reject(error);
      };
      const abort = () => fail(aborted(action, signal));
      const { timeoutMs } = this.#port;
      const timer = timeoutMs > 0 ? setTimeout(() => fail(late(action, timeoutMs)), timeoutMs) : undefined;
      signal?.addEventListener('abort', abort);
      this.#asked.set(id, {
        action,
        resolve: (result) => {
          finish();
          resolve(result as RoomRequestResult<A>);
        },
        reject: fail,
      });
      this.#port.send({ type: 'request', id, ...request } as RoomClientMessage);
    });
  }

  done(id: string, result: unknown): void {
    this.#asked.get(id)?.resolve(result);
  }

  refused(message: Refused): void {
    const asked = this.#asked.get(message.id);
    asked?.reject(toError(asked.action, message));
  }

  /** No answer comes any more. `error`: the connection ended for good. */
  connectionLost(error: LiveClientError | null = null): void {
    for (const { action, reject, resolve } of [...this.#asked.values()]) {
      // Whoever closes the room is evicted like everybody else, and that is the answer.
      if (action === 'close' && error?.code === 'ERR_ROOM_CLOSED') resolve(undefined);
      else if (error) reject(error);
      else reject(lost(action));
    }
  }
}

const codes: Readonly<Record<string, LiveClientErrorCode>> = {
  ERR_NOT_ALLOWED: 'ERR_NOT_ALLOWED',
  ERR_TOO_FAST: 'ERR_TOO_FAST',
  ERR_ROOM_CLOSED: 'ERR_ROOM_CLOSED',
  ERR_ROOM_CONFLICT: 'ERR_ROOM_CONFLICT',
  ERR_PARTICIPANT_NOT_FOUND: 'ERR_PARTICIPANT_NOT_FOUND',
  ERR_REQUEST_TIMEOUT: 'ERR_REQUEST_TIMEOUT',
  ERR_INTERNAL: 'ERR_SERVER_INTERNAL',
  ERR_SHUT_DOWN: 'ERR_SERVER_DRAINING',
};

function toError(action: RoomRequestAction, { code, message, retryable }: Refused): LiveClientError {
  return new LiveClientError(
    codes[code] ?? 'ERR_REQUEST_REFUSED',
    `The server refused "${action}" (${code}): ${message}`,
    { reason: message, retryable },
  );
}

function aborted(action: RoomRequestAction, signal: AbortSignal | undefined): LiveClientError {
  const message = `The signal fired before "${action}" was answered.`;
  return new LiveClientError('ERR_ABORTED', message, { cause: signal?.reason });
}

function late(action: RoomRequestAction, timeoutMs: number): LiveClientError {
  return new LiveClientError('ERR_REQUEST_TIMEOUT', `"${action}" was not answered within ${timeoutMs} ms.`, {
    hint: 'It may have been done: look, or ask again.',
    retryable: true,
  });
}

function lost(action: RoomRequestAction): LiveClientError {
  return new LiveClientError('ERR_CONNECTION_LOST', `The connection broke before "${action}" was answered.`, {
    hint: 'It may have been done: look when the connection is back, or ask again.',
    retryable: true,
  });
}
