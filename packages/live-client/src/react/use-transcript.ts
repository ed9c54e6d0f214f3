import type { TranscriptItem } from '../gemini/transcript.ts';
import { useLiveClient } from './live-context.ts';
import { useSlice } from './use-slice.ts';

/**
 * What was said in a conversation of one person and the model, oldest first. A room has {@link useTimeline}.
 *
 * @throws Error outside a `LiveProvider`.
 */
export function useTranscript(): readonly TranscriptItem[] {
  return useSlice(useLiveClient(), (snapshot) => snapshot.transcript);
}
