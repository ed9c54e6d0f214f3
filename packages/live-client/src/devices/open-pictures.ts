// A chunk of its own, loaded with the first camera or screen: a page without pictures does without.
import type { Picture, PictureEncoder } from '../video/encode-frame.ts';
import type { FrameSource } from '../video/frame-source.ts';
import { Pacer } from '../video/pacer.ts';
import type { PictureTools, VideoFeed } from '../video/picture-tools.ts';
import { Sampler } from '../video/sampler.ts';
import type { VideoPicture, VideoSettings } from '../video/video-sampler.ts';
import type { OpenDevice } from './device-session.ts';

/** What {@link openPictures} works with. */
export interface OpenPicturesOptions {
  /** Ended when closed, as all of these are. */
  readonly stream: MediaStream;
  readonly source: FrameSource;
  readonly tools: PictureTools;
  readonly framesPerSecond: number;
  readonly maxSide: number;
  readonly quality: number;
  readonly keepAliveMs: number | undefined;
  readonly highWaterBytes: number | undefined;
  /** Bytes that wait in the socket. */
  readonly pressure: () => number;
  /** `mediaTime`: milliseconds since the device was opened. */
  readonly onPicture: (picture: Picture, mediaTime: number) => void;
  readonly onVideo: (picture: VideoPicture, mediaTime: number) => void;
  /** No picture follows. */
  readonly onFailed: (error: unknown) => void;
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

/** Begins to take pictures. */
export function openPictures(options: OpenPicturesOptions): OpenPictures {
  const { stream, source, tools, maxSide, quality, keepAliveMs, highWaterBytes, pressure } = options;
  const openedAtMs = performance.now();
  const mediaTime = () => Math.round(performance.now() - openedAtMs);
  const sampler = new Sampler({
    source,
    encoder: tools.createEncoder({ maxSide }),
    setTimer: (ms, run) => tools.setTimer(ms, run),
    pacer: new Pacer({ framesPerSecond: options.framesPerSecond, keepAliveMs, highWaterBytes }),
    quality,
    pressure,
    onPicture: (picture) => options.onPicture(picture, mediaTime()),
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
      video = settings
        ? tools.startVideo({
            settings,
            source,
            pacer: new Pacer({ framesPerSecond: settings.framesPerSecond, highWaterBytes }),
            pressure,
            onPicture: (picture) => options.onVideo(picture, mediaTime()),
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
      sampler.close();
      video?.close();
      tools.close();
      source.close();
      for (const track of stream.getTracks()) track.stop();
    },
  };
}
