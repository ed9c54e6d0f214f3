import { type CapturedFrame, Microphone, type MicrophoneOptions } from '../src/devices/microphone.ts';

/** A microphone, each state that it told of, and each frame that it gave. */
export interface WatchedMicrophone {
  readonly microphone: Microphone;
  readonly states: string[];
  readonly frames: CapturedFrame[];
}

export function watchedMicrophone(options: MicrophoneOptions): WatchedMicrophone {
  const microphone = new Microphone(options);
  const states: string[] = [];
  const frames: CapturedFrame[] = [];
  microphone.on('stateChanged', ({ state }) => states.push(state.status));
  microphone.on('frameCaptured', (frame) => frames.push(frame));
  return { microphone, states, frames };
}

export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What became of a start: `started`, or the code of its error. */
export const outcomeOf = (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => 'started',
    (error: { code: string }) => error.code,
  );
