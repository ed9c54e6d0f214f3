import { describe, expect, it } from 'vitest';
import {
  MEDIA_HEADER_BYTES,
  MediaCodec,
  MediaFlag,
  type MediaFrame,
  MediaFrameError,
  MediaKind,
  parseMediaFrame,
  serializeMediaFrame,
} from './media-frame.ts';

const frame: MediaFrame = {
  kind: MediaKind.personAudio,
  codec: MediaCodec.pcm16k,
  flags: MediaFlag.voice | MediaFlag.endOfBurst,
  participant: 0x0102,
  seq: 0xfffe,
  mediaTime: 0xfffffec0,
  turn: 0x01020304,
  payload: new Uint8Array([1, 2, 3, 4]),
};

describe('a media frame', () => {
  it('has a little-endian header of 16 bytes and then its payload', () => {
    const bytes = serializeMediaFrame(frame);
    expect([...bytes]).toEqual([
      1, 1, 1, 3, 0x02, 0x01, 0xfe, 0xff, 0xc0, 0xfe, 0xff, 0xff, 0x04, 0x03, 0x02, 0x01, 1, 2, 3, 4,
    ]);
  });

  it('comes back as it was', () => {
    expect(parseMediaFrame(serializeMediaFrame(frame))).toEqual(frame);
  });

  it('comes back from the middle of a larger buffer, with its payload as a view', () => {
    const around = new Uint8Array(64);
    around.set(serializeMediaFrame(frame), 7);
    const bytes = around.subarray(7, 7 + MEDIA_HEADER_BYTES + 4);
    const parsed = parseMediaFrame(bytes);
    expect(parsed).toEqual(frame);
    expect(parsed.payload.buffer).toBe(around.buffer);
    around[7 + MEDIA_HEADER_BYTES] = 9;
    expect(parsed.payload[0]).toBe(9);
  });

  it('may be empty', () => {
    const empty = { ...frame, payload: new Uint8Array() };
    expect(parseMediaFrame(serializeMediaFrame(empty))).toEqual(empty);
  });

  it('wraps its counters', () => {
    const far = { ...frame, seq: 0x1_0001, mediaTime: 0x1_0000_0002, turn: 0x1_0000_0003 };
    expect(parseMediaFrame(serializeMediaFrame(far))).toMatchObject({ seq: 1, mediaTime: 2, turn: 3 });
  });

  it.each([
    [MediaKind.personAudio, MediaCodec.opus],
    [MediaKind.modelAudio, MediaCodec.pcm24k],
    [MediaKind.modelPicture, MediaCodec.jpeg],
    [MediaKind.peoplePicture, MediaCodec.vp8],
  ])('of kind %i may be coded as %i', (kind, codec) => {
    expect(parseMediaFrame(serializeMediaFrame({ ...frame, kind, codec }))).toMatchObject({ kind, codec });
  });
});

describe('bytes that are no media frame', () => {
  function withByte(index: number, value: number): Uint8Array {
    const bytes = serializeMediaFrame(frame);
    bytes[index] = value;
    return bytes;
  }

  it.each([
    ['no bytes', new Uint8Array(), 'at least 16 bytes; this one has 0'],
    ['15 bytes', new Uint8Array(15), 'this one has 15'],
    ['another version', withByte(0, 2), 'version 2 is not known; send version 1'],
    ['kind 0', withByte(1, 0), 'kind 0 is not known'],
    ['kind 5', withByte(1, 5), 'kind 5 is not known'],
    ['codec 0', withByte(2, 0), 'codec 0 is not for kind 1; its codecs are 1, 2, 4'],
    ['codec 6', withByte(2, 6), 'codec 6 is not for kind 1'],
    ['speech coded as a picture', withByte(2, MediaCodec.jpeg), 'codec 3 is not for kind 1'],
    ['half a sample', serializeMediaFrame({ ...frame, payload: new Uint8Array(3) }), 'this payload has 3'],
  ])('%s: the error says so', (_title, bytes, words) => {
    expect(() => parseMediaFrame(bytes)).toThrow(MediaFrameError);
    expect(() => parseMediaFrame(bytes)).toThrow(words);
  });
});
