import { duckWhileSpeaking } from './audio/ducking.ts';
import { Speaker } from './audio/speaker.ts';
import type { WorkletUrl } from './audio/worklet-url.ts';
import { Camera } from './devices/camera.ts';
import { Microphone, type MicrophoneOptions, type MicrophoneState } from './devices/microphone.ts';
import type { PictureSourceState } from './devices/picture-device.ts';
import { ScreenShare } from './devices/screen.ts';
import type { LiveClientError } from './errors.ts';

/** The devices of one client. */
export interface MediaKit {
  readonly microphone: Microphone;
  readonly speaker: Speaker;
  readonly camera: Camera;
  readonly screen: ScreenShare;
}

/** What devices have in common. */
export interface MediaKitOptions {
  /** Where the worklet files are served; inline when absent. */
  readonly workletUrl?: WorkletUrl;
  /** How the microphone is opened. */
  readonly microphone?: MicrophoneOptions;
}

/** Makes the devices of a client; the browser's by default. */
export type CreateMediaKit = (options: MediaKitOptions) => MediaKit;

/** State of the devices, as user interfaces show it. */
export interface MediaSnapshot {
  readonly microphone: MicrophoneState;
  readonly camera: PictureSourceState;
  readonly screen: PictureSourceState;
  /** `false` while the browser waits for a gesture before it plays sound: call `speaker.resume()` from one. */
  readonly canPlay: boolean;
}

/** The browser's devices. Nothing is opened before it is started, so they can be made on a server too. */
export function createMediaKit({ workletUrl, microphone }: MediaKitOptions): MediaKit {
  return {
    microphone: new Microphone({ workletUrl, ...microphone }),
    speaker: new Speaker({ workletUrl }),
    camera: new Camera({ workletUrl }),
    screen: new ScreenShare({ workletUrl }),
  };
}

/** State of the devices at this moment. */
export function mediaSnapshot(kit: MediaKit): MediaSnapshot {
  const { microphone, camera, screen, speaker } = kit;
  return {
    microphone: microphone.state,
    camera: camera.state,
    screen: screen.state,
    canPlay: speaker.canPlay,
  };
}

/** What {@link watchMedia} tells. */
export interface MediaListener {
  readonly changed: (change: Partial<MediaSnapshot>) => void;
  /** Nothing will be heard. The other devices tell their failures by their state. */
  readonly speakerFailed: (error: LiveClientError) => void;
  /** Share by which the speaker is quieter while the person here speaks; 0 for not at all. */
  readonly duckBy: number;
}

/** Tells `listener` what happens at the devices until the returned function is called. */
export function watchMedia(kit: MediaKit, { changed, speakerFailed, duckBy }: MediaListener): () => void {
  const undo = [
    kit.microphone.on('stateChanged', ({ state }) => changed({ microphone: state })),
    kit.camera.on('stateChanged', ({ state }) => changed({ camera: state })),
    kit.screen.on('stateChanged', ({ state }) => changed({ screen: state })),
    kit.speaker.on('canPlayChanged', ({ canPlay }) => changed({ canPlay })),
    kit.speaker.on('failed', ({ error }) => speakerFailed(error)),
    duckWhileSpeaking(kit.microphone, kit.speaker, duckBy),
  ];
  return () => {
    for (const stop of undo) stop();
  };
}

/** Stops capturing; the devices can be started again. */
export function stopMedia(kit: MediaKit): void {
  kit.microphone.stop();
  kit.camera.stop();
  kit.screen.stop();
}

/** Frees devices, tracks and audio contexts. One that fails does not keep the others. */
export async function disposeMedia(kit: MediaKit): Promise<void> {
  await Promise.allSettled([
    kit.microphone.dispose(),
    kit.camera.dispose(),
    kit.screen.dispose(),
    kit.speaker.dispose(),
  ]);
}
