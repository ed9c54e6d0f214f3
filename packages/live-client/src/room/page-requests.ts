import type { RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import { LiveClientError } from '../errors.ts';

type History = Extract<RoomServerMessage, { readonly type: 'history' }>;
type Found = Extract<RoomServerMessage, { readonly type: 'found' }>;

interface Asked {
  readonly resolve: (page: History | Found) => void;
  readonly reject: (error: LiveClientError) => void;
}

/** Questions for pages of the log, each of which gets its own answer or an error when the connection breaks. */
export class PageRequests {
  readonly #send: (message: RoomClientMessage) => void;
  readonly #asked = new Map<string, Asked>();
  #counter = 0;

  constructor(send: (message: RoomClientMessage) => void) {
    this.#send = send;
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
    this.#asked.delete(page.id);
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
    this.#asked.clear();
  }

  #ask(question: (id: string) => RoomClientMessage): Promise<History | Found> {
    this.#counter += 1;
    const id = `h${this.#counter}`;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#send(question(id));
    });
  }
}
