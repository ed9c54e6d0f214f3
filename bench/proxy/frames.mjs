// The messages of the proxy's bench, as they stand on the wire, and a reader that only counts frames.
import { createHash, randomBytes } from 'node:crypto';

export const FRAME_MS = 40;
export const PATH = '/live';
/** 40 ms of speech at 16 kHz up, at 24 kHz down. */
const upJson = JSON.stringify({
  realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: randomBytes(1_280).toString('base64') } },
});
const downJson = JSON.stringify({
  serverContent: {
    modelTurn: {
      role: 'model',
      parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: randomBytes(1_920).toString('base64') } }],
    },
  },
});
const setupJson = JSON.stringify({
  setup: { model: 'models/gemini-3.8-live', generationConfig: { responseModalities: ['AUDIO'] } },
});

/** Like a browser: text, masked. */
export const setupFrame = frame(1, Buffer.from(setupJson), randomBytes(4));
export const upFrame = frame(1, Buffer.from(upJson), randomBytes(4));
/** Like Gemini: binary. */
export const setupCompleteFrame = frame(2, Buffer.from('{"setupComplete":{}}'), null);
export const downFrame = frame(2, Buffer.from(downJson), null);

export function frame(opcode, payload, key) {
  const length = payload.byteLength;
  const header =
    length < 126 ? Buffer.from([0x80 | opcode, length]) : Buffer.from([0x80 | opcode, 126, length >> 8, length & 255]);
  if (key === null) return Buffer.concat([header, payload]);
  header[1] |= 0x80;
  return Buffer.concat([header, key, payload.map((byte, at) => byte ^ key[at % 4])]);
}

export function acceptOf(key) {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** Tells each frame's opcode; payloads are not looked at. */
export class FrameCounter {
  #onFrame;
  #rest = null;
  /** Bytes of the present frame that are still to come. */
  #skip = 0;

  constructor(onFrame) {
    this.#onFrame = onFrame;
  }

  push(chunk) {
    const data = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    let at = 0;
    while (at < data.byteLength) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, data.byteLength - at);
        this.#skip -= step;
        at += step;
        if (this.#skip === 0) this.#onFrame(this.opcode);
        continue;
      }
      if (data.byteLength - at < 14 && data.byteLength - at < headerBytes(data, at)) {
        this.#rest = data.subarray(at);
        return;
      }
      this.opcode = data[at] & 15;
      const [size, length] = [headerBytes(data, at), payloadBytes(data, at)];
      at += size;
      this.#skip = length;
      if (length === 0) this.#onFrame(this.opcode);
    }
  }
}

function headerBytes(data, at) {
  if (data.byteLength - at < 2) return 2;
  const length = data[at + 1] & 127;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (data[at + 1] & 128 ? 4 : 0);
}

function payloadBytes(data, at) {
  const length = data[at + 1] & 127;
  if (length === 126) return data.readUInt16BE(at + 2);
  return length === 127 ? Number(data.readBigUInt64BE(at + 2)) : length;
}
