import type { MediaAbilities, MediaFrame, ResumePoint, RoomClientMessage } from '@colloquy/live-protocol';
import type { RoomIdentity } from './room-identity.ts';

/** One client's place in a room, from `RoomManager.connect` until the socket is gone. No method ever throws. */
export interface RoomConnection {
  readonly roomId: string;
  readonly connectionId: string;
  readonly participantId: string;
  /** Index of the participant in media frames. */
  readonly index: number;
  /** Takes a parsed message; everything but `hello`. Answers go through the port. */
  receive(message: RoomClientMessage): void;
  /** Takes a parsed media frame. The payload is used during the call only; the room copies what it keeps. */
  receiveMedia(frame: MediaFrame): void;
  /**
   * The socket is gone. If it was the person's last one, they are `away`, and leave after the grace period. Idempotent.
   */
  disconnected(): void;
}

/** What a client says in `hello`, with who it is. */
export interface ConnectingClient {
  readonly identity: RoomIdentity;
  /** 1–64 letters, digits, `-` or `_`; survives reconnects and reloads of one tab. */
  readonly clientId: string;
  readonly resume?: ResumePoint;
  /** What the client decodes; `null` for one that gets no media of other people at all. @defaultValue PCM16 and JPEG */
  readonly receive?: MediaAbilities | null;
}
