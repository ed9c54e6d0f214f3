import type { Microphone } from '../devices/microphone.ts';
import type { Speaker } from './speaker.ts';

/**
 * Makes everything quieter while the person at this microphone speaks.
 *
 * @param share - 0 to 1: how much quieter; 0 does nothing.
 * @returns its undo.
 */
export function duckWhileSpeaking(microphone: Microphone, speaker: Speaker, share: number): () => void {
  if (share === 0) return () => {};
  const duck = (speaking: boolean) => {
    speaker.duckedBy = speaking ? share : 0;
  };
  const undo = [
    microphone.on('frameCaptured', ({ voice }) => duck(voice)),
    microphone.on('stateChanged', ({ state }) => {
      if (state.status !== 'on') duck(false);
    }),
  ];
  return () => {
    for (const stop of undo) stop();
    duck(false);
  };
}
