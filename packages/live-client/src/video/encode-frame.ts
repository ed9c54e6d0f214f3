/** A JPEG. */
export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** A frame of a video: a JPEG, or VP8 that may need the frames before it. */
export interface EncodedPicture extends Picture {
  readonly isKey: boolean;
  /** It shows an earlier frame than the one it was asked for: that one came late. */
  readonly isLate?: boolean;
}

/** How the next frame of a video is wanted. */
export interface VideoRequest {
  /** Microseconds; grows from frame to frame. */
  readonly timestamp: number;
  readonly isKey: boolean;
  readonly bitsPerSecond: number;
  readonly framesPerSecond: number;
}

/** What {@link PictureEncoder.draw} takes. */
export interface Drawable {
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

/** Draws a picture small enough and encodes it. One call at a time. */
export interface PictureEncoder {
  /** Keeps the picture as it is now; answers what it looks like from afar. */
  draw(source: Drawable): Promise<Uint8Array>;
  /** The kept picture as JPEG; `quality` from 0 to 1. */
  encode(quality: number): Promise<Picture>;
  /** The kept picture as the next VP8 frame; `null` when the encoder left it out. */
  encodeVideo(request: VideoRequest): Promise<EncodedPicture | null>;
  close(): void;
}

/** The size that keeps the aspect with no side longer than `maxSide`; never larger than the original. */
export function fitWithin(width: number, height: number, maxSide: number): { width: number; height: number } {
  const scale = Math.min(1, maxSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
