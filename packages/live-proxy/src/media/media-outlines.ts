import { base64Bytes } from '../json/json-walk.ts';
import type { Media } from '../socket-port.ts';
import { sampleRateOf } from './sample-rate.ts';
import { readClientMedia, readModelVoice, type WholeMedia } from './whole-media.ts';

/** A message with its base64 taken out: what stands before and behind it, quotes included. */
interface Outline {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly isPicture: boolean;
  /** Samples per second, of sound. */
  readonly sampleRate: number;
}

/** Kept of one kind of message; whoever talks to us uses one or two. */
const mostOutlines = 8;
/** Longer ones are not the usual JSON. */
const mostOutlineBytes = 512;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Knows messages that are nothing but one piece of media by what stands around it: a talk has thousands of them, alike in
 * all but their base64. The first one is read; those after it are compared, at the price of one native search for the end
 * of their base64. What holds neither a quote nor a backslash before that end is one string, so nothing hides in it.
 */
class MediaOutlines {
  readonly #read: (data: Buffer) => WholeMedia | null;
  readonly #direction: 'input' | 'output';
  readonly #outlines: Outline[] = [];
  #next = 0;

  constructor(read: (data: Buffer) => WholeMedia | null, direction: 'input' | 'output') {
    this.#read = read;
    this.#direction = direction;
  }

  /** The message's media; `null` where it is, or may be, something else. */
  read(data: Buffer): Media | null {
    for (const outline of this.#outlines) if (isLike(outline, data)) return mediaOf(outline, data);
    const outline = this.#outlineOf(data);
    if (outline === null) return null;
    this.#outlines[this.#next] = outline;
    this.#next = (this.#next + 1) % mostOutlines;
    return mediaOf(outline, data);
  }

  #outlineOf(data: Buffer): Outline | null {
    const whole = this.#read(data);
    if (whole === null || whole.start + data.byteLength - whole.end > mostOutlineBytes) return null;
    const { start, end, isPicture, mimeType } = whole;
    const outline: Outline = {
      head: Buffer.from(data.subarray(0, start)),
      tail: Buffer.from(data.subarray(end)),
      isPicture,
      sampleRate: sampleRateOf(mimeType, this.#direction),
    };
    return isLike(outline, data) ? outline : null;
  }
}

/** Clients send these. */
export const clientMedia: Pick<MediaOutlines, 'read'> = new MediaOutlines(readClientMedia, 'input');

/** The service sends these. */
export const modelVoice: Pick<MediaOutlines, 'read'> = new MediaOutlines(readModelVoice, 'output');

function isLike({ head, tail }: Outline, data: Buffer): boolean {
  const start = head.byteLength;
  const end = data.byteLength - tail.byteLength;
  return (
    end > start &&
    isSame(head, data, 0) &&
    isSame(tail, data, end) &&
    data.indexOf(quote, start) === end &&
    data[end - 1] !== backslash
  );
}

function isSame(part: Buffer, data: Buffer, at: number): boolean {
  for (let index = 0; index < part.byteLength; index += 1) if (part[index] !== data[at + index]) return false;
  return true;
}

const picture: Media = { kind: 'picture', audioSeconds: 0 };

function mediaOf({ head, tail, isPicture, sampleRate }: Outline, data: Buffer): Media {
  if (isPicture) return picture;
  const bytes = base64Bytes(data, head.byteLength, data.byteLength - tail.byteLength);
  return { kind: 'audio', audioSeconds: bytes / 2 / sampleRate };
}
