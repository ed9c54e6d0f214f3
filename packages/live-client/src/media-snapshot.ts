import type { MediaKit, MediaSnapshot } from './media-kit.ts';

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

/** Calls `listener` with what changed at a device until the returned function is called. */
export function watchMedia(kit: MediaKit, listener: (change: Partial<MediaSnapshot>) => void): () => void {
  const undo = [
    kit.microphone.on('stateChanged', ({ state }) => listener({ microphone: state })),
    kit.camera.on('stateChanged', ({ state }) => listener({ camera: state })),
    kit.screen.on('stateChanged', ({ state }) => listener({ screen: state })),
    kit.speaker.on('canPlayChanged', ({ canPlay }) => listener({ canPlay })),
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
