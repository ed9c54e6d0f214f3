/**
 * The binary media frame of the room wire: a 16-byte little-endian header, then the payload.
 *
 * | offset | type | field |
 * | --- | --- | --- |
 * | 0 | u8 | version, always 1 |
 * | 1 | u8 | {@link MediaKind} |
 * | 2 | u8 | {@link MediaCodec} |
 * | 3 | u8 | {@link MediaFlag} bits |
 * | 4 | u16 | participant index, `0` is the model |
 * | 6 | u16 | seq, counts frames of one source and wraps |
 * | 8 | u32 | media time: samples for audio (24 kHz for codec 2, else 16 kHz), milliseconds for pictures; wraps |
 * | 12 | u32 | turn of the model this frame belongs to, `0` for people |
 */

/** Length of the header in bytes. */
export const MEDIA_HEADER_BYTES = 16;

/** The only header version there is. */
export const MEDIA_FRAME_VERSION = 1;

/** What a frame carries. */
export const MediaKind = {
  personAudio: 1,
  modelAudio: 2,
  /** A picture that the model sees (and people may). */
  modelPicture: 3,
  /** A picture that only people see. */
  peoplePicture: 4,
} as const;
export type MediaKind = (typeof MediaKind)[keyof typeof MediaKind];

/** How the payload is coded. */
export const MediaCodec = {
  /** 16-bit little-endian PCM, mono, 16 kHz. */
  pcm16k: 1,
  /** 16-bit little-endian PCM, mono, 24 kHz. */
  pcm24k: 2,
  jpeg: 3,
  /** One Opus packet, mono. Media time counts at 16 kHz, whatever rate it is decoded at. */
  opus: 4,
  /** One VP8 frame; {@link MediaFlag} `keyFrame` says that it needs none before it. For people only. */
  vp8: 5,
} as const;
export type MediaCodec = (typeof MediaCodec)[keyof typeof MediaCodec];

/** Bits of the flags byte. */
export const MediaFlag = {
  /** The sender's voice detector hears speech in this frame. */
  voice: 1,
  /** Last frame of a burst: the microphone pauses, or the model's turn has no more audio. */
  endOfBurst: 2,
  /** The sender is muted; the payload is silence or empty. */
  muted: 4,
  keyFrame: 8,
  /** The picture comes from a shared screen, not from a camera. */
  screen: 16,
} as const;

/** One media frame, header fields beside the payload. */
export interface MediaFrame {
  readonly kind: MediaKind;
  readonly codec: MediaCodec;
  /** {@link MediaFlag} bits. */
  readonly flags: number;
  /** Index of the participant in the room; `0` is the model. A server overwrites what a client claims. */
  readonly participant: number;
  /** Counts the frames of one source, 0–65535, wraps. */
  readonly seq: number;
  /** Samples (audio; at 24 kHz for PCM16 24 kHz, else at 16 kHz) or milliseconds (pictures), 32 bits, wraps. */
  readonly mediaTime: number;
  /** The model turn this frame belongs to; `0` for people. */
  readonly turn: number;
  /** A view, not a copy, when it comes from {@link parseMediaFrame}. */
  readonly payload: Uint8Array;
}

/** Why bytes are not a media frame. */
export class MediaFrameError extends Error {
  override readonly name = 'MediaFrameError';
}

/** The bytes of a frame: header and payload in one new buffer. */
export function serializeMediaFrame(frame: MediaFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MEDIA_HEADER_BYTES + frame.payload.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, MEDIA_FRAME_VERSION);
  view.setUint8(1, frame.kind);
  view.setUint8(2, frame.codec);
  view.setUint8(3, frame.flags);
  view.setUint16(4, frame.participant, true);
  view.setUint16(6, frame.seq & 0xffff, true);
  view.setUint32(8, frame.mediaTime >>> 0, true);
  view.setUint32(12, frame.turn >>> 0, true);
  bytes.set(frame.payload, MEDIA_HEADER_BYTES);
  return bytes;
}

/**
 * Reads a frame; the payload is a view on `bytes`.
 *
 * @throws {@link MediaFrameError} when the header is short, of another version, names an unknown kind or a codec
 * that is not for the kind, and when a PCM payload has an odd number of bytes.
 */
export function parseMediaFrame(bytes: Uint8Array): MediaFrame {
  if (bytes.byteLength < MEDIA_HEADER_BYTES) {
    throw new MediaFrameError(
      `A media frame is at least ${MEDIA_HEADER_BYTES} bytes; this one has ${bytes.byteLength}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(0);
  if (version !== MEDIA_FRAME_VERSION) {
    throw new MediaFrameError(`Media frame version ${version} is not known; send version ${MEDIA_FRAME_VERSION}.`);
  }
  const kind = view.getUint8(1);
  const codecs = CODECS_BY_KIND[kind];
  if (codecs === undefined) throw new MediaFrameError(`Media kind ${kind} is not known; kinds are 1 to 4.`);
  const codec = view.getUint8(2);
  if (!codecs.includes(codec)) {
    throw new MediaFrameError(`Media codec ${codec} is not for kind ${kind}; its codecs are ${codecs.join(', ')}.`);
  }
  const payload = bytes.subarray(MEDIA_HEADER_BYTES);
  if ((codec === MediaCodec.pcm16k || codec === MediaCodec.pcm24k) && payload.byteLength % 2 !== 0) {
    throw new MediaFrameError(`PCM16 needs an even number of bytes; this payload has ${payload.byteLength}.`);
  }
  return {
    kind: kind as MediaKind,
    codec: codec as MediaCodec,
    flags: view.getUint8(3),
    participant: view.getUint16(4, true),
    seq: view.getUint16(6, true),
    mediaTime: view.getUint32(8, true),
    turn: view.getUint32(12, true),
    payload,
  };
}

const AUDIO_CODECS: readonly number[] = [1, 2, 4] satisfies MediaCodec[];
const PICTURE_CODECS: readonly number[] = [3, 5] satisfies MediaCodec[];

/** By {@link MediaKind}. */
const CODECS_BY_KIND: Readonly<Record<number, readonly number[]>> = {
  1: AUDIO_CODECS,
  2: AUDIO_CODECS,
  3: PICTURE_CODECS,
  4: PICTURE_CODECS,
};
