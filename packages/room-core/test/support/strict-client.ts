import type { LogEntry, Participant, RoomServerMessage } from '@colloquy/live-protocol';
import type { ConnectionPort } from '../../src/ports/connection.ts';

/** A client that trusts the room to the letter and notes every step that does not fit the one before. */
export class StrictClient implements ConnectionPort {
  readonly connectionId: string;
  readonly problems: string[] = [];
  /** Number of the newest entry; `null` before the first. */
  top: number | null = null;
  closed: number | null = null;
  kinds: LogEntry['kind'][] = [];
  readonly #participants = new Map<string, Participant>();
  readonly #growing = new Map<string, string>();
  #version = -1;
  #epoch = 0;

  constructor(connectionId: string, before: StrictClient | null = null) {
    this.connectionId = connectionId;
    this.top = before?.top ?? null;
    this.#epoch = before === null ? 0 : before.#epoch;
  }

  get welcomed(): boolean {
    return this.#version >= 0;
  }

  /** What a new connection of the same tab asks for. */
  get resume(): { readonly epoch: number; readonly seq: number } | undefined {
    return this.top === null ? undefined : { epoch: this.#epoch, seq: this.top };
  }

  /** Who is in the room as far as this client was told. */
  get participants(): readonly Participant[] {
    return [...this.#participants.values()];
  }

  send(message: RoomServerMessage, encoded: string): void {
    if (this.closed !== null) this.problems.push(`"${message.type}" came after the close`);
    const { type } = message;
    if (!this.welcomed && type !== 'welcome') this.problems.push(`"${type}" came before the welcome`);
    this.#receive(JSON.parse(encoded) as RoomServerMessage);
  }

  sendMedia(): boolean {
    if (this.closed !== null) this.problems.push('media came after the close');
    return true;
  }

  close(code: number): void {
    if (this.closed !== null) this.problems.push(`closed twice, with ${this.closed} and ${code}`);
    this.closed = code;
  }

  #receive(message: RoomServerMessage): void {
    if (message.type === 'welcome') {
      if (this.welcomed) this.problems.push('was welcomed twice');
      this.#epoch = message.epoch;
      this.#version = message.presenceVersion;
      if (!message.recovered) this.top = null;
      for (const participant of message.participants) this.#participants.set(participant.participantId, participant);
      for (const { messageId, text } of message.inflight) this.#growing.set(messageId, text);
    } else if (message.type === 'entries') {
      for (const entry of message.entries) this.#apply(entry);
    } else if (message.type === 'presence') {
      if (message.version !== this.#version + 1)
        this.problems.push(`presence ${message.version} after ${this.#version}`);
      this.#version = message.version;
      for (const participant of message.changed) this.#participants.set(participant.participantId, participant);
      for (const participantId of message.removed) this.#participants.delete(participantId);
    } else if (message.type === 'delta') {
      const text = this.#growing.get(message.messageId) ?? '';
      if (message.offset !== text.length) this.problems.push(`delta at ${message.offset} after ${text.length}`);
      this.#growing.set(message.messageId, text + message.text);
    }
  }

  #apply(entry: LogEntry): void {
    if (this.top !== null && entry.seq !== this.top + 1) this.problems.push(`entry ${entry.seq} after ${this.top}`);
    if (this.kinds.at(-1) === 'room.closed') this.problems.push(`"${entry.kind}" came after "room.closed"`);
    this.top = entry.seq;
    this.kinds.push(entry.kind);
    if (entry.kind !== 'ai.message' && entry.kind !== 'ai.interrupted' && entry.kind !== 'speech.final') return;
    const grown = this.#growing.get(entry.body.messageId);
    this.#growing.delete(entry.body.messageId);
    if (grown !== undefined && grown.trim() !== entry.body.text) {
      this.problems.push(`"${grown}" grew and "${entry.body.text}" was stored`);
    }
  }
}
