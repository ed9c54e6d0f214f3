import type { EncodedPicture, Picture, VideoRequest } from './encode-frame.ts';

/** What a picture worker does. Each job has exactly one answer with its id; `stream` tells cameras and screens apart. */
export type PictureJob =
  /** Keeps a picture, no side longer than `maxSide`. `image` is closed. Answer: what it looks like from afar. */
  | {
      readonly type: 'draw';
      readonly stream: number;
      readonly image: ImageBitmap | VideoFrame;
      readonly width: number;
      readonly height: number;
      readonly maxSide: number;
    }
  /** Makes a JPEG of the picture that is kept. */
  | { readonly type: 'encode'; readonly stream: number; readonly quality: number }
  /** Makes the next frame of a video of the picture that is kept; `null` when the encoder left it out. */
  | { readonly type: 'encodeVideo'; readonly stream: number; readonly request: VideoRequest }
  /** Answers after so many milliseconds: timers of pages that are not seen run once a second. */
  | { readonly type: 'wait'; readonly ms: number }
  /** Forgets a stream. */
  | { readonly type: 'close'; readonly stream: number };

/** By job. */
export interface PictureAnswers {
  readonly draw: Uint8Array<ArrayBuffer>;
  readonly encode: Picture;
  readonly encodeVideo: EncodedPicture | null;
  readonly wait: null;
  readonly close: null;
}

/** To a picture worker. */
export interface PictureWorkerRequest {
  readonly id: number;
  readonly job: PictureJob;
}

/** From a picture worker. */
export type PictureWorkerAnswer =
  | { readonly id: number; readonly result: PictureAnswers[PictureJob['type']] }
  | { readonly id: number; readonly error: string };
