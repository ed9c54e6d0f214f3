import type { RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import { LiveClientError } from '../errors.ts';

type History = Extract<RoomServerMessage, { readonly type: 'history' }>;

interface Asked {
  readonly resolve: (page: History) => void;
  readonly reject: (error: LiveClientError) => void;
}

/** Questions for older entries, each of which gets its own answer or an error when the connection breaks. */
export class HistoryRequests {
  readonly #send: (message: RoomClientMessage) => void;
  readonly #asked = new Map<string, Asked>();
  #counter = 0;

  constructor(send: (message: RoomClientMessage) => void) {
    this.#send = send;
  }

  ask(before: number, limit: number): Promise<History> {
    this.#counter += 1;
    const id = `h${this.#counter}`;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#send({ type: 'history', id, before, limit });
    });
  }

  answered(page: History): void {
    this.#asked.get(page.id)?.resolve(page);
    this.#asked.delete(page.id);
  }

  connectionLost(): void {
    for (const { reject } of this.#asked.values()) {
      reject(
        new LiveClientError('ERR_CONNECTION_LOST', 'The connection broke before the older entries came.', {
          hint: 'Ask again when the connection is back.',
          retryable: true,
        }),
      );
    }
    this.#asked.clear();
  }
}
