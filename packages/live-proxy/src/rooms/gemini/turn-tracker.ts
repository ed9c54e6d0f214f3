import type { ServerEvent } from '@colloquy/live-protocol';

/** Knows from what a model sends whether its connection may be replaced without losing a word. */
export class TurnTracker {
  readonly #pendingCalls = new Set<string>();
  #isAnswering = false;
  #isWorking = false;
  #isResumable = true;

  /** Nothing is being said, no call is open, and the newest handle covers all of it. */
  get isQuiet(): boolean {
    return !this.#isAnswering && !this.#isWorking && this.#pendingCalls.size === 0 && this.#isResumable;
  }

  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  get pendingCalls(): ReadonlySet<string> {
    return this.#pendingCalls;
  }

  observe(event: ServerEvent): void {
    switch (event.type) {
      case 'audio':
      case 'text':
      case 'part':
      case 'outputTranscription':
        this.#isAnswering = true;
        break;
      case 'turnComplete':
        this.#isAnswering = false;
        break;
      case 'interactionStatus':
        // Extended thinking goes on after turnComplete.
        this.#isWorking = event.status === 'IN_PROGRESS';
        break;
      case 'toolCall':
        for (const { id } of event.calls) if (id !== '') this.#pendingCalls.add(id);
        break;
      case 'toolCallCancellation':
        for (const id of event.ids) this.#pendingCalls.delete(id);
        break;
      case 'sessionResumptionUpdate':
        this.#isResumable = event.resumable;
        break;
      default:
    }
  }

  /** A call was answered; returns whether it was open. */
  answered(callId: string): boolean {
    return this.#pendingCalls.delete(callId);
  }

  /** A new connection: nothing is under way. Calls stay open only where the session goes on. */
  reset(isResumed: boolean): void {
    this.#isAnswering = false;
    this.#isWorking = false;
    this.#isResumable = true;
    if (!isResumed) this.#pendingCalls.clear();
  }
}
