import { type LogEntry, type MediaFrame, parseMediaFrame, type RoomServerMessage } from '@colloquy/live-protocol';
import type { ConnectionPort } from '../ports/connection.ts';

/** A {@link ConnectionPort} that keeps everything it is given. */
export class RecordingConnection implements ConnectionPort {
  readonly connectionId: string;
  readonly messages: RoomServerMessage[] = [];
  readonly frames: MediaFrame[] = [];
  /** Frames of these kinds are dropped, as on a connection that cannot keep up. */
  readonly droppedKinds: Set<number> = new Set();
  #closed: { readonly code: number; readonly reason: string } | null = null;

  constructor(connectionId: string) {
    this.connectionId = connectionId;
  }

  /** How the room ended the connection; `null` while it has not. */
  get closed(): { readonly code: number; readonly reason: string } | null {
    return this.#closed;
  }

  /** Entries in the order in which they came. */
  get entries(): readonly LogEntry[] {
    return this.of('entries').flatMap(({ entries }) => entries);
  }

  /** Messages of one type. */
  of<T extends RoomServerMessage['type']>(type: T): readonly Extract<RoomServerMessage, { readonly type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<
      RoomServerMessage,
      { readonly type: T }
    >[];
  }

  /** The newest message of one type. @throws Error when there is none. */
  last<T extends RoomServerMessage['type']>(type: T): Extract<RoomServerMessage, { readonly type: T }> {
    const last = this.of(type).at(-1);
    if (!last)
      throw new Error(`No "${type}" message came; there were: ${this.messages.map((m) => m.type).join(', ')}.`);
    return last;
  }

  send(_message: RoomServerMessage, encoded: string): void {
    // What counts is what goes over the wire.
    this.messages.push(JSON.parse(encoded) as RoomServerMessage);
  }

  sendMedia(frame: Uint8Array<ArrayBuffer>): boolean {
    const parsed = parseMediaFrame(frame);
    if (this.droppedKinds.has(parsed.kind)) return false;
    this.frames.push(parsed);
    return true;
  }

  close(code: number, reason: string): void {
    this.#closed = { code, reason };
  }
}
