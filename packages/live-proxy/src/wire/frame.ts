import { applyMask } from './mask.ts';

/** What a frame is for (RFC 6455 §5.2). */
export const Opcode = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** Largest payload of ping, pong and close. */
export const mostControlBytes = 125;

/** A WebSocket that breaks the rules; `closeCode` is what the other end is told. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly closeCode: 1002 | 1007 | 1008 | 1009;

  constructor(closeCode: 1002 | 1007 | 1008 | 1009, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

/** How long the header of the frame at `at` is; at least 2, as long as its second byte is not there. */
export function headerBytes(data: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 2;
  const second = data[at + 1] ?? 0;
  const length = second & 127;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 128 ? 4 : 0);
}

/** Length of the payload of the frame at `at`, whose header is there. */
export function payloadBytes(data: Buffer, at: number): number {
  const length = (data[at + 1] ?? 0) & 127;
  if (length < 126) return length;
  if (length === 126) return data.readUInt16BE(at + 2);
  const high = data.readUInt32BE(at + 2);
  // Above 2^53 a number is not exact, and no memory holds it.
  if (high > 0x1f_ffff) throw new WireError(1009, 'A frame is longer than any buffer.');
  return high * 2 ** 32 + data.readUInt32BE(at + 6);
}

/** Whether a length is written in as few bytes as it can be, as the RFC demands. */
export function isShortestLength(data: Uint8Array, at: number, length: number): boolean {
  const written = (data[at + 1] ?? 0) & 127;
  return written < 126 || (written === 126 ? length > 125 : length > 0xff_ff);
}

/** Writes one whole message or control frame. `key`: masked with it, as clients must. */
export function encodeFrame(opcode: number, payload: Uint8Array, key: Uint8Array | null): Buffer {
  const length = payload.byteLength;
  const lengthBytes = length < 126 ? 0 : length <= 0xff_ff ? 2 : 8;
  const at = 2 + lengthBytes + (key === null ? 0 : 4);
  const frame = Buffer.allocUnsafe(at + length);
  frame[0] = 0x80 | opcode;
  const flag = key === null ? 0 : 0x80;
  if (lengthBytes === 0) {
    frame[1] = flag | length;
  } else if (lengthBytes === 2) {
    frame[1] = flag | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = flag | 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length % 2 ** 32, 6);
  }
  if (key === null) {
    frame.set(payload, at);
  } else {
    frame.set(key, at - 4);
    applyMask(payload, 0, length, frame, at, key, 0);
  }
  return frame;
}
