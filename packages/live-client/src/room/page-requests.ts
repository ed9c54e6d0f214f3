import type { RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import { withDeadline } from '../deadline.ts';
import { LiveClientError } from '../errors.ts';

type History = Extract<RoomServerMessage, { readonly type: 'history' }>;
type Found = Extract<RoomServerMessage, { readonly type: 'found' }>;

interface Asked {
  readonly resolve: (page: History | Found) => void;
  readonly reject: (error: LiveClientError) => void;
}

/** Questions for pages of the log, each of which gets its own answer, or an error in time or when the connection breaks. */
export class PageRequests {
  readonly #send: (message: RoomClientMessage) => void;
  readonly #timeoutMs: number;
  readonly #asked = new Map<string, Asked>();
  #counter = 0;

  /** @param timeoutMs - longest wait for a page; `0` waits for ever. */
  constructor(send: (message: RoomClientMessage) => void, timeoutMs: number) {
    this.#send = send;
    this.#timeoutMs = timeoutMs;
  }

  history(before: number, limit: number): Promise<History> {
    return this.#ask((id) => ({ type: 'history', id, before, limit })) as Promise<History>;
  }

  /** @throws {@link LiveClientError} `ERR_MESSAGE_REFUSED` for what the server cannot look for. */
  async search(query: string, limit: number, before: number | null): Promise<Found> {
    const range = before === null ? { limit } : { limit, before };
    const found = (await this.#ask((id) => ({ type: 'search', id, query, ...range }))) as Found;
    if (found.problem === undefined) return found;
    throw new LiveClientError('ERR_MESSAGE_REFUSED', `The server did not search: ${found.problem}`, {
      reason: found.problem,
    });
  }

  answered(page: History | Found): void {
    this.#asked.get(page.id)?.resolve(page);
  }

  connectionLost(): void {
    for (const { reject } of this.#asked.values()) {
      reject(
        new LiveClientError('ERR_CONNECTION_LOST', 'The connection broke before the page came.', {
          hint: 'Ask again when the connection is back.',
          retryable: true,
        }),
      );
    }
  }

  async #ask(question: (id: string) => RoomClientMessage): Promise<History | Found> {
    this.#counter += 1;
    const id = `h${this.#counter}`;
    const page = new Promise<History | Found>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#send(question(id));
    });
    try {
      return await withDeadline(page, this.#timeoutMs, () => late(this.#timeoutMs));
    } finally {
      this.#asked.delete(id);
    }
  }
}

function late(timeoutMs: number): LiveClientError {
  return new LiveClientError('ERR_REQUEST_TIMEOUT', `The page of the log did not come within ${timeoutMs} ms.`, {
    hint: 'Ask again.',
    retryable: true,
  });
}
