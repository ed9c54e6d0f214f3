import type { InflightMessage, LogEntry, RoomServerMessage } from '@colloquy/live-protocol';

/** A message that is still being said, with the time it was first heard of. */
export interface GrowingMessage extends InflightMessage {
  /** Milliseconds since the Unix epoch. */
  readonly ts: number;
}

type Delta = Extract<RoomServerMessage, { readonly type: 'delta' }>;

/** How many final message ids are remembered, so that a late delta does not bring a message back. */
const MAX_REMEMBERED = 200;

/** Messages that grow by deltas until their log entry comes. */
export class GrowingMessages {
  #messages: readonly GrowingMessage[] = [];
  #final = new Set<string>();

  /** In order of appearance; a new array after each change. */
  get all(): readonly GrowingMessage[] {
    return this.#messages;
  }

  /** Takes what the server says is being said now, instead of everything known. */
  replace(inflight: readonly InflightMessage[], nowMs: number): void {
    const known = new Map(this.#messages.map((message) => [message.messageId, message]));
    this.#messages = inflight.map((message) => ({ ...message, ts: known.get(message.messageId)?.ts ?? nowMs }));
  }

  /** Writes `text` at `offset` and forgets what stood from there on. A delta after a hole is padded by nothing. */
  applyDelta(delta: Delta, nowMs: number): void {
    const { messageId, kind, turn, speakers, offset, text } = delta;
    if (this.#final.has(messageId)) return;
    const known = this.#messages.find((message) => message.messageId === messageId);
    const next = {
      messageId,
      kind,
      turn,
      speakers,
      text: (known?.text ?? '').slice(0, offset) + text,
      ts: known?.ts ?? nowMs,
    };
    this.#messages = known
      ? this.#messages.map((message) => (message === known ? next : message))
      : [...this.#messages, next];
  }

  /** The log has the final text: the growing one goes. */
  settle(entries: readonly LogEntry[]): void {
    for (const { body } of entries) {
      if (!('messageId' in body)) continue;
      this.#final.add(body.messageId);
      this.#messages = this.#messages.filter((message) => message.messageId !== body.messageId);
    }
    for (const id of this.#final) {
      if (this.#final.size <= MAX_REMEMBERED) break;
      this.#final.delete(id);
    }
  }

  clear(): void {
    this.#messages = [];
    this.#final.clear();
  }
}
