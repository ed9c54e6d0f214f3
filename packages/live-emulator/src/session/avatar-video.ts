/** What the service says of an avatar's video; the voice is inside. */
export const AVATAR_MIME_TYPE = 'video/mp4; codecs="avc1.42c01f, mp4a.40.2"';

/** Bit rates where a setup names none; the service's own are not known. */
const DEFAULT_VIDEO_BPS = 1_000_000;
const DEFAULT_AUDIO_BPS = 64_000;
const BOX_HEADER_BYTES = 8;

/** Bit rates of an avatar, from `setup.avatarConfig`. */
export interface AvatarRates {
  readonly videoBitrateBps?: number;
  readonly audioBitrateBps?: number;
}

/**
 * A stretch of avatar video: MP4 boxes as large as such video is, with nothing to see in them. The first stretch begins
 * with the `ftyp` box of every MP4 file; the rest is `free`, which a player skips.
 */
export function avatarVideo(durationMs: number, rates: AvatarRates, isFirst: boolean): Uint8Array {
  const bitsPerSecond = (rates.videoBitrateBps ?? DEFAULT_VIDEO_BPS) + (rates.audioBitrateBps ?? DEFAULT_AUDIO_BPS);
  const bytes = Math.round((bitsPerSecond / 8) * (durationMs / 1000));
  const head = isFirst ? box('ftyp', Buffer.from('isom\0\0\x02\0', 'latin1')) : Buffer.alloc(0);
  return Buffer.concat([head, box('free', Buffer.alloc(Math.max(0, bytes - BOX_HEADER_BYTES - head.length)))]);
}

function box(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(BOX_HEADER_BYTES);
  header.writeUInt32BE(BOX_HEADER_BYTES + content.length, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}
