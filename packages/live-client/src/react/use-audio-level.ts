import { useEffect, useState } from 'react';
import { useRoomClient } from './room-context.ts';

/** Loudness is shown in so many steps: a ring does not need more, and each step is a render. */
const STEPS = 20;

/**
 * Loudness of a participant (or of `'model'`), 0 to 1 in steps of 0.05. Looked at once per displayed frame, and not at
 * all while the page is hidden.
 */
export function useAudioLevel(participantId: string): number {
  const client = useRoomClient();
  const [level, setLevel] = useState(0);
  useEffect(() => {
    let frame = requestAnimationFrame(look);
    function look() {
      setLevel(quantiseLevel(client.audioLevel(participantId)));
      frame = requestAnimationFrame(look);
    }
    return () => cancelAnimationFrame(frame);
  }, [client, participantId]);
  return level;
}

/** The nearest of the steps from 0 to 1. */
export function quantiseLevel(level: number): number {
  return Math.round(Math.min(1, Math.max(0, level)) * STEPS) / STEPS;
}
