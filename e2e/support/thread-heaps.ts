import type { CDPSession } from 'playwright-core';
import { type AskIsolate, collected, type Held } from './heap.ts';

interface Answer {
  readonly id: number;
  readonly result?: object;
  readonly error?: { readonly message: string };
}

/** The heaps of a page's workers and worklets: each is an isolate of its own, of which that of the page knows nothing. */
export class ThreadHeaps {
  readonly #session: CDPSession;
  /** By session: `worker` or `worklet`, and the how manieth thread it was. */
  readonly #names = new Map<string, string>();
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #calls = 0;
  #started = 0;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo: { type } }) => {
      this.#started += 1;
      this.#names.set(sessionId, `${type} ${this.#started}`);
    });
    session.on('Target.detachedFromTarget', ({ sessionId }) => this.#names.delete(sessionId));
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const answer = JSON.parse(message) as Answer;
      this.#waiting.get(answer.id)?.(answer);
    });
  }

  /** Watches those that the page of a session has and will have. */
  static async watch(session: CDPSession): Promise<ThreadHeaps> {
    const heaps = new ThreadHeaps(session);
    // Not flattened: the sessions of the threads are reached through this one.
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await session.send('Target.setAutoAttach', options);
    return heaps;
  }

  /** How many threads there are. */
  get count(): number {
    return this.#names.size;
  }

  /** What each holds, by its name. */
  async collected(): Promise<Map<string, Held>> {
    const held = new Map<string, Held>();
    for (const [sessionId, name] of this.#names) {
      held.set(name, await collected((method) => this.#ask(sessionId, method)));
    }
    return held;
  }

  async #ask(sessionId: string, method: Parameters<AskIsolate>[0]): Promise<unknown> {
    const id = ++this.#calls;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    await this.#session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
    const { result, error } = await answered;
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }
}
