import { LiveClientError } from '../errors.ts';

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
 * Resolves when the stream has shown its first picture. A video element is used rather than the track itself, because
 * only one engine can read tracks on every thread.
 *
 * @throws {@link LiveClientError} `ERR_PICTURE_FAILED` when there is none in time, or no document.
 */
export async function openFrameSource(stream: MediaStream): Promise<FrameSource> {
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
  const fail = (cause?: unknown) => {
    const seconds = FIRST_PICTURE_DEADLINE_MS / 1_000;
    reject(
      new LiveClientError('ERR_PICTURE_FAILED', `The video gave no picture within ${seconds} s.`, {
        cause,
        hint: 'Check that the camera is not covered by the system, or choose another one.',
      }),
    );
  };
  const deadline = setTimeout(fail, FIRST_PICTURE_DEADLINE_MS);
  video.addEventListener('loadeddata', () => resolve(), { once: true });
  // Muted video may always play; where it cannot, the deadline tells.
  video.play().catch(() => {});
  try {
    await promise;
  } finally {
    clearTimeout(deadline);
  }
}
