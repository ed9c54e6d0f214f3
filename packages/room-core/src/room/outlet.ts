import type { RoomServerMessage } from '@colloquy/live-protocol';
import type { ConnectionPort } from '../ports/connection.ts';

/** A connection that messages go to. */
export interface OutletMember {
  readonly participantId: string;
  readonly port: ConnectionPort;
}

/** Everybody who is connected to a room. A message is encoded once, a frame is one buffer for all. */
export class Outlet {
  readonly #members = new Set<OutletMember>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(member: OutletMember): void {
    this.#members.add(member);
  }

  remove(member: OutletMember): void {
    this.#members.delete(member);
  }

  broadcast(message: RoomServerMessage, encoded?: string): void {
    if (this.#members.size === 0) return;
    const text = encoded ?? JSON.stringify(message);
    for (const { port } of this.#members) this.send(port, message, text);
  }

  /** To everybody but one person, all of whose tabs are left out. */
  broadcastMedia(frame: Uint8Array<ArrayBuffer>, exceptParticipantId: string | null = null): void {
    for (const { participantId, port } of this.#members) {
      if (participantId === exceptParticipantId) continue;
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
