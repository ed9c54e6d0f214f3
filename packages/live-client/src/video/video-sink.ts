/** A decoded picture; a bitmap where the engine has no WebCodecs. */
export type DecodedPicture = VideoFrame | ImageBitmap;

/** Where decoded pictures of one person go: a stream to be shown in video elements. */
export interface VideoSink {
  readonly stream: MediaStream;
  /** Shows a picture of so many pixels, and closes it. */
  show(picture: DecodedPicture, width: number, height: number): void;
  close(): void;
}

/** Not in every engine, and not in TypeScript's library. */
type TrackGenerator = new (options: {
  readonly kind: 'video';
}) => MediaStreamTrack & {
  readonly writable: WritableStream<VideoFrame>;
};

/** A track that frames are written to where the engine has it, else a canvas whose content is the track. */
export function openVideoSink(): VideoSink {
  const Generator = (globalThis as { MediaStreamTrackGenerator?: TrackGenerator }).MediaStreamTrackGenerator;
  return Generator ? trackSink(new Generator({ kind: 'video' })) : canvasSink();
}

function trackSink(track: InstanceType<TrackGenerator>): VideoSink {
  const writer = track.writable.getWriter();
  let isBusy = false;
  return {
    stream: new MediaStream([track]),
    show(picture) {
      // One at a time: what comes while the page is busy would only be late.
      if (isBusy) {
        picture.close();
        return;
      }
      isBusy = true;
      writer
        // An engine that has such tracks has such frames.
        .write(picture as VideoFrame)
        .catch(() => picture.close())
        .finally(() => {
          isBusy = false;
        });
    },
    close() {
      // Fails when the track was stopped from outside, which is what is wanted.
      writer.close().catch(() => {});
      track.stop();
    },
  };
}

function canvasSink(): VideoSink {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  const stream = canvas.captureStream();
  return {
    stream,
    show(picture, width, height) {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      context?.drawImage(picture, 0, 0);
      picture.close();
    },
    close() {
      for (const track of stream.getTracks()) track.stop();
    },
  };
}
