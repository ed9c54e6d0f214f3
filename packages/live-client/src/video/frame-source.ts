import { LiveClientError } from '../errors.ts';
import { type TrackProcessor, trackProcessor } from '../track-processor.ts';

/** The newest picture of a stream, to be drawn at any moment. */
export interface FrameSource {
  /** What to draw. */
  readonly image: CanvasImageSource;
  /** Pixels; may change when a window is resized or a phone is turned. */
  readonly width: number;
  readonly height: number;
  close(): void;
}

/** A camera that gives no picture for so long gives none at all, milliseconds. */
const FIRST_PICTURE_DEADLINE_MS = 10_000;

/**
 * Resolves when the stream has shown its first picture. Where a page can read tracks, it does: a video element may stand
 * still while the page is hidden.
 *
 * @throws {@link LiveClientError} `ERR_PICTURE_FAILED` when there is none in time, or no document.
 */
export function openFrameSource(stream: MediaStream): Promise<FrameSource> {
  const [track] = stream.getVideoTracks();
  const Processor = trackProcessor<VideoFrame>();
  return track && Processor ? readTrack(new Processor({ track, maxBufferSize: 1 })) : watchElement(stream);
}

async function readTrack({ readable }: InstanceType<TrackProcessor<VideoFrame>>): Promise<FrameSource> {
  const reader = readable.getReader();
  let frame = await firstFrame(reader);
  let isOpen = true;
  const read = async () => {
    while (isOpen) {
      const { value, done } = await reader.read();
      if (done) return;
      frame.close();
      frame = value;
      if (!isOpen) frame.close();
    }
  };
  // The track ended or failed: its device tells, and the last picture stays.
  read().catch(() => {});
  return {
    get image() {
      return frame;
    },
    get width() {
      return frame.displayWidth;
    },
    get height() {
      return frame.displayHeight;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      frame.close();
      reader.cancel().catch(() => {});
    },
  };
}

async function firstFrame(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<VideoFrame> {
  const { promise, reject } = Promise.withResolvers<never>();
  const deadline = setTimeout(() => reject(noPicture()), FIRST_PICTURE_DEADLINE_MS);
  try {
    const { value } = await Promise.race([reader.read(), promise]);
    if (value) return value;
    throw noPicture();
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

async function watchElement(stream: MediaStream): Promise<FrameSource> {
  if (typeof document === 'undefined') {
    throw new LiveClientError('ERR_PICTURE_FAILED', 'Pictures need a document to be taken in.');
  }
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  const close = () => {
    video.pause();
    video.srcObject = null;
  };
  try {
    await firstPicture(video);
  } catch (error) {
    close();
    throw error;
  }
  return {
    image: video,
    get width() {
      return video.videoWidth;
    },
    get height() {
      return video.videoHeight;
    },
    close,
  };
}

async function firstPicture(video: HTMLVideoElement): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const deadline = setTimeout(() => reject(noPicture()), FIRST_PICTURE_DEADLINE_MS);
  video.addEventListener('loadeddata', () => resolve(), { once: true });
  // Muted video may always play; where it cannot, the deadline tells.
  video.play().catch(() => {});
  try {
    await promise;
  } finally {
    clearTimeout(deadline);
  }
}

function noPicture(): LiveClientError {
  const seconds = FIRST_PICTURE_DEADLINE_MS / 1_000;
  return new LiveClientError('ERR_PICTURE_FAILED', `The video gave no picture within ${seconds} s.`, {
    hint: 'Check that the camera is not covered by the system, or choose another one.',
  });
}
