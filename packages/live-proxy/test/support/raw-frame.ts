/** A frame as a broken or evil client might write it. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly isFinal?: boolean;
  /** Three bits. */
  readonly reserved?: number;
  /** `null`: not masked. */
  readonly key?: Buffer | null;
  /** How many bytes say the length. @defaultValue as few as can be */
  readonly lengthBytes?: 0 | 2 | 8;
  /** What the header says. @defaultValue the truth */
  readonly length?: number;
}

export function rawFrame({ opcode, payload, isFinal = true, reserved = 0, key = null, ...rest }: RawFrame): Buffer {
  const { length = payload.byteLength } = rest;
  const lengthBytes = rest.lengthBytes ?? (length < 126 ? 0 : length <= 0xff_ff ? 2 : 8);
  const header = Buffer.alloc(2 + lengthBytes);
  header[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  header[1] = (key === null ? 0 : 0x80) | (lengthBytes === 0 ? length & 127 : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(length & 0xff_ff, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  if (key === null) return Buffer.concat([header, payload]);
  const masked = Buffer.from(payload);
  for (let at = 0; at < masked.byteLength; at += 1) masked[at] = (masked[at] as number) ^ (key[at & 3] as number);
  return Buffer.concat([header, key, masked]);
}
