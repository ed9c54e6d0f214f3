// A chunk of its own, loaded with the first camera or screen: a page without pictures does without.
import type { LiveClientError } from '../errors.ts';
import type { Picture, PictureEncoder } from '../video/encode-frame.ts';
import { Pacer } from '../video/pacer.ts';
import type { VideoFeed } from '../video/picture-tools.ts';
import { Sampler } from '../video/sampler.ts';
import type { VideoSettings } from '../video/video-sampler.ts';
import type { OpenDevice } from './device-session.ts';
import type { PictureDeviceOptions, PicturePorts, TakenPicture, TakenVideo } from './picture-device.ts';

/** What {@link openPictures} works with. */
export interface OpenPicturesOptions extends PictureDeviceOptions {
  /** Ended when closed. */
  readonly stream: MediaStream;
  readonly framesPerSecond: number;
  /** Bytes that wait in the socket. */
  readonly pressure: () => number;
  readonly onPicture: (picture: TakenPicture) => void;
  readonly onVideo: (picture: TakenVideo) => void;
  /** No picture follows. */
  readonly onFailed: (error: unknown) => void;
  /** The track ended by itself. */
  readonly onEnded: () => void;
  /** The error of one that went away while it was opening. */
  readonly lostError: () => LiveClientError;
}

/** An open camera or screen whose pictures are being taken. */
export interface OpenPictures extends OpenDevice {
  readonly stream: MediaStream;
  /** Another rate from the next picture on. */
  setRate(framesPerSecond: number): void;
  /** Takes pictures for people too; `null` takes none. */
  setVideo(settings: VideoSettings | null): void;
  requestKeyFrame(): void;
  snapshot(): Promise<Picture>;
}

const browserPorts: PicturePorts = {
  openFrameSource: async (stream) => (await import('../video/frame-source.ts')).openFrameSource(stream),
  openTools: async (workletUrl) => (await import('../video/picture-tools.ts')).openPictureTools(workletUrl),
};

/**
 * Begins to take pictures.
 *
 * @throws {@link LiveClientError} `ERR_…_LOST`, `ERR_PICTURE_FAILED`
 */
export async function openPictures(options: OpenPicturesOptions): Promise<OpenPictures> {
  const { stream, maxSide = 768, quality = 0.8, keepAliveMs, highWaterBytes, pressure } = options;
  const { openFrameSource, openTools } = { ...browserPorts, ...options.ports };
  const tools = await openTools(options.workletUrl);
  const source = await openFrameSource(stream);
  const [track] = stream.getVideoTracks();
  // It may have ended meanwhile; that event is gone.
  if (!track || track.readyState === 'ended') {
    source.close();
    throw options.lostError();
  }
  track.addEventListener('ended', options.onEnded);
  const openedAtMs = performance.now();
  const mediaTime = () => Math.round(performance.now() - openedAtMs);
  const sampler = new Sampler({
    source,
    encoder: tools.createEncoder({ maxSide }),
    setTimer: (ms, run) => tools.setTimer(ms, run),
    pacer: new Pacer({ framesPerSecond: options.framesPerSecond, keepAliveMs, highWaterBytes }),
    quality,
    pressure,
    onPicture: (picture) => options.onPicture({ ...picture, mediaTime: mediaTime() }),
    onFailed: options.onFailed,
  });
  let video: VideoFeed | null = null;
  /** Of its own: a picture that is being sampled must not be drawn over. */
  let snapshots: PictureEncoder | null = null;
  return {
    stream,
    setRate: (framesPerSecond) => sampler.setRate(framesPerSecond),
    setVideo(settings) {
      video?.close();
      const mostBytes = settings?.highWaterBytes ?? highWaterBytes;
      video = settings
        ? tools.startVideo({
            settings,
            source,
            pacer: new Pacer({
              framesPerSecond: settings.framesPerSecond,
              highWaterBytes: mostBytes && Math.min(mostBytes, highWaterBytes ?? mostBytes),
            }),
            pressure,
            onPicture: (picture) => options.onVideo({ ...picture, mediaTime: mediaTime() }),
          })
        : null;
    },
    requestKeyFrame: () => video?.requestKeyFrame(),
    async snapshot() {
      snapshots ??= tools.createEncoder({ maxSide });
      await snapshots.draw(source);
      return snapshots.encode(quality);
    },
    close() {
      track.removeEventListener('ended', options.onEnded);
      sampler.close();
      video?.close();
      tools.close();
      source.close();
      for (const track of stream.getTracks()) track.stop();
    },
  };
}
