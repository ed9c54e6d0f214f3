import type { RoomClientMessage } from '@colloquy/live-protocol';
import type { RoomCoreErrorCode } from '../errors.ts';
import type { ConnectingClient } from '../room-connection.ts';

/** What an edge tells the owner of a room. `c` is a connection of the edge. */
export type EdgeSays =
  | { readonly t: 'open' }
  | { readonly t: 'join'; readonly c: string; readonly client: ConnectingClient }
  | { readonly t: 'said'; readonly c: string; readonly message: RoomClientMessage }
  /** A media frame follows. */
  | { readonly t: 'media'; readonly c: string }
  /** The socket is gone, or nobody waits for it any more. */
  | { readonly t: 'gone'; readonly c: string }
  | { readonly t: 'beat' }
  | { readonly t: 'end' };

/** What the owner of a room tells an edge. */
export type OwnerSays =
  | { readonly t: 'opened' }
  | { readonly t: 'joined'; readonly c: string; readonly index: number }
  | { readonly t: 'refused'; readonly c: string; readonly code: RoomCoreErrorCode; readonly message: string }
  /** JSON of a message for these connections follows. */
  | { readonly t: 'send'; readonly to: readonly string[] }
  /** A media frame for these connections follows. */
  | { readonly t: 'media'; readonly to: readonly string[] }
  | { readonly t: 'close'; readonly c: string; readonly code: number; readonly reason: string }
  | { readonly t: 'beat' }
  /** The link is not known, or something of it is missing: it has to be opened anew, here or elsewhere. */
  | { readonly t: 'over' };

/** Where a frame belongs, and what it says. */
export type NodeFrame = FrameAddress &
  ({ readonly for: 'owner'; readonly says: EdgeSays } | { readonly for: 'edge'; readonly says: OwnerSays });

export interface FrameAddress {
  readonly room: string;
  /** Who sends it. */
  readonly from: string;
  /** New for every time that an edge turns to an owner. */
  readonly link: string;
  /** Counts what must not get lost, from 1; `0`: it may. */
  readonly n: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOTHING = new Uint8Array(0);

/** Bytes of a frame: the length of its head, the head as JSON, what follows it. */
export function encodeFrame(frame: NodeFrame, payload: Uint8Array = NOTHING): Uint8Array {
  const head = encoder.encode(JSON.stringify(frame));
  const bytes = new Uint8Array(4 + head.byteLength + payload.byteLength);
  new DataView(bytes.buffer).setUint32(0, head.byteLength, true);
  bytes.set(head, 4);
  bytes.set(payload, 4 + head.byteLength);
  return bytes;
}

/** What stands in a frame; `null` for bytes that are none. The payload is a copy: it may be kept. */
export function decodeFrame(
  bytes: Uint8Array,
): { readonly frame: NodeFrame; readonly payload: Uint8Array<ArrayBuffer> } | null {
  if (bytes.byteLength < 4) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (length > bytes.byteLength - 4) return null;
  try {
    const frame = JSON.parse(decoder.decode(bytes.subarray(4, 4 + length))) as NodeFrame;
    return { frame, payload: Uint8Array.from(bytes.subarray(4 + length)) };
  } catch {
    return null;
  }
}

/** Bytes of a text that follows a head. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
