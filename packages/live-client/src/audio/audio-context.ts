import { withDeadline } from '../deadline.ts';
import { LiveClientError } from '../errors.ts';

/**
 * How long a context may take to start, milliseconds. Opening a sound device takes up to a second on slow machines; a
 * context that waits for a gesture never starts.
 */
const START_DEADLINE_MS = 3_000;

/** A context whose device hangs never says that it was closed, milliseconds. */
const CLOSE_DEADLINE_MS = 1_000;

/**
 * A context at the device's own rate: asking for another one fails in some browsers and puts some headsets into their
 * call profile.
 *
 * @throws {@link LiveClientError} `ERR_AUDIO_UNAVAILABLE`
 */
export function createAudioContext(): AudioContext {
  if (typeof AudioContext === 'undefined' || typeof AudioWorkletNode === 'undefined') {
    throw new LiveClientError('ERR_AUDIO_UNAVAILABLE', 'There is no Web Audio with worklets here.', {
      hint: 'Use a current browser, on a page served over https or from localhost.',
    });
  }
  try {
    return new AudioContext({ latencyHint: 'interactive' });
  } catch (cause) {
    throw new LiveClientError('ERR_AUDIO_UNAVAILABLE', 'The browser could not open its audio output.', {
      cause,
      hint: 'Check that a sound device is connected and that not too many pages use it.',
      retryable: true,
    });
  }
}

/**
 * Resolves when the context runs.
 *
 * @throws {@link LiveClientError} `ERR_AUTOPLAY_BLOCKED` when it does not within a few seconds.
 */
export async function runContext(context: AudioContext): Promise<void> {
  if (context.state === 'running') return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const check = () => {
    if (context.state === 'running') resolve();
    else if (context.state === 'closed') reject(blocked(context));
  };
  const deadline = setTimeout(() => reject(blocked(context)), START_DEADLINE_MS);
  context.addEventListener('statechange', check);
  try {
    // Without a gesture this promise may stay pending for ever; the deadline covers it.
    context.resume().then(check, (cause) => reject(blocked(context, cause)));
    await promise;
  } finally {
    clearTimeout(deadline);
    context.removeEventListener('statechange', check);
  }
}

/**
 * From the graph to the ear, milliseconds; 0 where it is not told.
 *
 * Firefox is not asked: it answers by a blocking question to the process that holds the sound device, under the lock of its
 * audio thread, for which the callback of that device may be waiting. Then neither ends, and the page hangs for good
 * (Firefox 153 with PulseAudio).
 */
export function outputLatencyMs(context: AudioContext): number {
  if ('mozInnerScreenX' in globalThis) return 0;
  // Not every browser has it; the type does not say so.
  return ((context as { outputLatency?: number }).outputLatency ?? 0) * 1_000;
}

/** Closes the context, and waits for it at most a second. */
export async function closeContext(context: AudioContext): Promise<void> {
  if (context.state === 'closed') return;
  try {
    await withDeadline(context.close(), CLOSE_DEADLINE_MS, () => new Error('The context does not say that it closed.'));
  } catch {
    // It is closed already, or will be: nobody uses it any more.
  }
}

function blocked(context: AudioContext, cause?: unknown): LiveClientError {
  return new LiveClientError('ERR_AUTOPLAY_BLOCKED', `The browser keeps the page's audio ${context.state}.`, {
    cause,
    hint: 'Call this from a click or a key press: browsers start audio only after a gesture.',
    retryable: true,
  });
}
