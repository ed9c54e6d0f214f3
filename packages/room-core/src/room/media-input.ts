import { MediaCodec, type MediaFrame, MediaKind } from '@colloquy/live-protocol';

/** 100 ms of PCM16 at 16 kHz. */
const MAX_PCM_BYTES = 3_200;
/** The largest packet of one Opus frame: a byte of configuration and 1275 of sound (RFC 6716 §3.2.1). */
const MAX_OPUS_BYTES = 1_276;

/** Why a frame of somebody's audio is not taken, in words for its sender; `null` when it is. */
export function audioRefusal({ codec, payload }: MediaFrame, hearsOpus: boolean): string | null {
  if (codec === MediaCodec.pcm16k) {
    return payload.byteLength > MAX_PCM_BYTES
      ? 'An audio frame may have at most 100 ms (3200 bytes); 20 ms is best.'
      : null;
  }
  if (codec !== MediaCodec.opus) return `Audio of codec ${codec} is not taken; send PCM16 at 16 kHz (codec 1).`;
  if (!hearsOpus) return 'Opus is not taken here; send PCM16 at 16 kHz (codec 1), as "codecs" says.';
  if (payload.byteLength > MAX_OPUS_BYTES) {
    return `An Opus packet may have ${MAX_OPUS_BYTES} bytes; this one has ${payload.byteLength}.`;
  }
  // Any bytes behind that configuration can be decoded, so no client can make the decoder fail.
  const isOneFrame = payload.byteLength === 0 || ((payload[0] ?? 0) & 0b11) === 0;
  return isOneFrame ? null : 'An Opus packet must hold one frame; encode 20 ms in each.';
}

/** Why a picture is not taken, in words for its sender; `null` when it is. */
export function pictureRefusal({ kind, codec, payload }: MediaFrame, maxBytes: number): string | null {
  if (payload.byteLength > maxBytes) {
    return `A picture may have ${maxBytes} bytes; this one has ${payload.byteLength}.`;
  }
  if (codec === MediaCodec.vp8) {
    if (kind !== MediaKind.peoplePicture) return 'VP8 is for people (kind 4); a picture for the model must be a JPEG.';
    return isVp8(payload) ? null : 'A VP8 picture must be one whole VP8 frame.';
  }
  const isJpeg = codec === MediaCodec.jpeg && payload[0] === 0xff && payload[1] === 0xd8;
  return isJpeg ? null : 'A picture must be a JPEG (codec 3) or, for people, VP8 (codec 5).';
}

/** A frame has a tag of 3 bytes; a key frame has a start code and its size behind it (RFC 6386 §9.1). */
function isVp8(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 3) return false;
  if (((bytes[0] ?? 0) & 1) === 1) return true;
  return bytes.byteLength >= 10 && bytes[3] === 0x9d && bytes[4] === 0x01 && bytes[5] === 0x2a;
}
