import type { ServerEvent } from '@colloquy/live-protocol';
import type { ClientFrameKind } from './client-frame.ts';

/** Knows from what goes to and fro whether the conversation may be touched, and whether its connection may be replaced. */
export class TurnTracker {
  /** Made for the first call: most sessions have none. */
  #pendingCalls: Set<string> | null = null;
  #isAnswering = false;
  #isGenerated = false;
  #isWorking = false;
  #isHearing = false;
  #isResumable = true;

  /** The model says nothing, has nothing to say that it was asked for, and waits for no tool. */
  get isIdle(): boolean {
    return !this.#isAnswering && !this.#isWorking && !this.#pendingCalls?.size;
  }

  /** Besides, nobody is being heard in the middle of a sentence. */
  get isBetweenTurns(): boolean {
    return this.isIdle && !this.#isHearing;
  }

  /** Besides, the newest handle covers everything. */
  get isQuiet(): boolean {
    return this.isBetweenTurns && this.#isResumable;
  }

  /** The whole answer has come; the service only waits until it has been played. */
  get hasWholeAnswer(): boolean {
    return this.#isAnswering && this.#isGenerated;
  }

  get pendingCalls(): readonly string[] {
    return [...(this.#pendingCalls ?? [])];
  }

  /** The client said something. */
  said(kind: ClientFrameKind): void {
    if (kind.type === 'ask') this.asked();
    if (kind.type === 'activity') this.observe({ type: 'voiceActivity', edge: kind.edge, audioOffsetMs: null });
    if (kind.type === 'toolResponse') for (const id of kind.callIds) this.answered(id);
  }

  /** A turn that asks for an answer was sent. */
  asked(): void {
    this.#isAnswering = true;
    this.#isGenerated = false;
  }

  /** A call was answered; returns whether it was open. */
  answered(callId: string): boolean {
    return this.#pendingCalls?.delete(callId) ?? false;
  }

  observe(event: ServerEvent): void {
    switch (event.type) {
      case 'audio':
      case 'text':
      case 'part':
      case 'outputTranscription':
        this.#isAnswering = true;
        break;
      case 'generationComplete':
        this.#isGenerated = true;
        break;
      case 'turnComplete':
      case 'waitingForInput':
        this.#isAnswering = false;
        this.#isGenerated = false;
        break;
      case 'interactionStatus':
        // Extended thinking goes on after turnComplete.
        this.#isWorking = event.status === 'IN_PROGRESS';
        break;
      case 'voiceActivity':
        this.#isHearing = event.edge === 'start';
        break;
      case 'toolCall':
        for (const { id } of event.calls) if (id !== '') this.#open(id);
        break;
      case 'toolCallCancellation':
        for (const id of event.ids) this.#pendingCalls?.delete(id);
        break;
      case 'sessionResumptionUpdate':
        this.#isResumable = event.resumable;
        break;
      default:
    }
  }

  /** A new connection: nothing is under way. Calls stay open only where the session goes on. */
  reset(isResumed: boolean): void {
    this.#isAnswering = false;
    this.#isGenerated = false;
    this.#isWorking = false;
    this.#isHearing = false;
    this.#isResumable = true;
    if (!isResumed) this.#pendingCalls?.clear();
  }

  #open(callId: string): void {
    this.#pendingCalls ??= new Set();
    this.#pendingCalls.add(callId);
  }
}
