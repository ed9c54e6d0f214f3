import type { ModelStatus } from '@colloquy/live-protocol';

/** What the model is doing, in a word or two. */
export const MODEL_STATUS_WORDS: Readonly<Record<ModelStatus, string>> = {
  off: 'Asleep',
  connecting: 'Waking up…',
  listening: 'Listening',
  thinking: 'Thinking…',
  speaking: 'Speaking',
  reconnecting: 'Reconnecting…',
  failed: 'Not available',
};

/** Whether there is an answer to stop. */
export function canInterrupt(status: ModelStatus): boolean {
  return status === 'speaking' || status === 'thinking';
}
