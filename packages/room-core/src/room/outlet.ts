import type { RoomServerMessage } from '@colloquy/live-protocol';
import type { RelayMember } from '../media/media-relay.ts';
import type { ConnectionPort } from '../ports/connection.ts';

/** Everybody who is connected to a room. A message is encoded once, a frame is one buffer for all. */
export class Outlet {
  readonly #members = new Set<RelayMember>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(member: RelayMember): void {
    this.#members.add(member);
  }

  remove(member: RelayMember): void {
    this.#members.delete(member);
  }

  /** In the order in which they came. */
  get members(): Iterable<RelayMember> {
    return this.#members;
  }

  find(connectionId: string): RelayMember | undefined {
    for (const member of this.#members) if (member.connectionId === connectionId) return member;
    return undefined;
  }

  broadcast(message: RoomServerMessage, encoded?: string): void {
    if (this.#members.size === 0) return;
    const text = encoded ?? JSON.stringify(message);
    for (const { port } of this.#members) this.send(port, message, text);
  }

  /** To one person, wherever they are connected. */
  tell(participantId: string, message: RoomServerMessage): void {
    for (const member of this.#members) if (member.participantId === participantId) this.send(member.port, message);
  }

  /** The model's voice, to everybody. */
  broadcastMedia(frame: Uint8Array<ArrayBuffer>): void {
    for (const { port } of this.#members) {
      try {
        port.sendMedia(frame);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** To one port. Ports promise not to throw; one that does must not take the room with it. */
  send(port: ConnectionPort, message: RoomServerMessage, encoded?: string): void {
    try {
      port.send(message, encoded ?? JSON.stringify(message));
    } catch (error) {
      this.#onError(error);
    }
  }

  close(port: ConnectionPort, code: number, reason: string): void {
    try {
      port.close(code, reason);
    } catch (error) {
      this.#onError(error);
    }
  }
}
