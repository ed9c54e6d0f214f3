import type { CDPSession } from 'playwright-core';
import type { Isolate } from './heap.ts';

/** An answer, or an event, of a thread. */
interface ThreadMessage {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: { readonly chunk?: string };
}

/** Longest wait for an answer, milliseconds. */
const PATIENCE_MS = 30_000;
/** What those who listen to a thread are told when it ends. */
const ENDED = 'ended';

/** The workers and worklets of a page: each is an isolate of its own, of which that of the page knows nothing. */
export class ThreadIsolates {
  readonly #session: CDPSession;
  /** By session: `worker` or `worklet`, and the how manieth thread it was. */
  readonly #names = new Map<string, string>();
  readonly #heard = new Map<string, Set<(message: ThreadMessage) => void>>();
  #calls = 0;
  #started = 0;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo: { type } }) => {
      this.#started += 1;
      this.#names.set(sessionId, `${type} ${this.#started}`);
    });
    session.on('Target.detachedFromTarget', ({ sessionId }) => {
      this.#names.delete(sessionId);
      this.#tell(sessionId, { method: ENDED });
      this.#heard.delete(sessionId);
    });
    session.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      this.#tell(sessionId, JSON.parse(message) as ThreadMessage);
    });
  }

  /** Watches those that the page of a session has and will have. */
  static async watch(session: CDPSession): Promise<ThreadIsolates> {
    const isolates = new ThreadIsolates(session);
    // Not flattened: the sessions of the threads are reached through this one.
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await session.send('Target.setAutoAttach', options);
    return isolates;
  }

  /** Those that there are, by name. */
  all(): Map<string, Isolate> {
    return new Map([...this.#names].map(([sessionId, name]) => [name, this.#isolate(sessionId)]));
  }

  #isolate(sessionId: string): Isolate {
    return {
      ask: (method, params) => this.#ask(sessionId, { method, params }),
      onChunk: (take) =>
        this.#listen(sessionId, ({ method, params }) => {
          if (method === 'HeapProfiler.addHeapSnapshotChunk') take(params?.chunk ?? '');
        }),
    };
  }

  #listen(sessionId: string, listener: (message: ThreadMessage) => void): () => void {
    const listeners = this.#heard.get(sessionId) ?? new Set();
    this.#heard.set(sessionId, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  #tell(sessionId: string, message: ThreadMessage): void {
    for (const hear of [...(this.#heard.get(sessionId) ?? [])]) hear(message);
  }

  async #ask(sessionId: string, command: { readonly method: string; readonly params?: object }): Promise<unknown> {
    const id = ++this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<ThreadMessage>();
    const fail = (what: string) => reject(new Error(`${command.method}: ${what}`));
    const late = setTimeout(() => fail('the thread did not answer.'), PATIENCE_MS);
    const undo = this.#listen(sessionId, (message) => {
      if (message.id === id) resolve(message);
      else if (message.method === ENDED) fail('the thread has ended.');
    });
    const message = JSON.stringify({ id, ...command });
    try {
      // Both at once: what never arrives is not answered either.
      const sent = this.#session.send('Target.sendMessageToTarget', { sessionId, message });
      const [{ result, error }] = await Promise.all([promise, sent]);
      if (error) throw new Error(`${command.method}: ${error.message}`);
      return result;
    } finally {
      clearTimeout(late);
      undo();
    }
  }
}
