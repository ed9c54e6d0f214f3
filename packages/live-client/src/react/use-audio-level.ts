import { useContext, useEffect, useRef, useState } from 'react';
import type { RoomClient } from '../room/room-client.ts';
import { LiveContext } from './live-context.ts';
import { RoomContext } from './room-context.ts';

/** Loudness is shown in so many steps: a ring does not need more, and each step is a render. */
const STEPS = 20;

/**
 * Loudness, 0 to 1 in steps of 0.05: in a room of a participant or of `'model'`, in a conversation of `'user'` or
 * `'model'`. Looked at once per displayed frame, and not at all while the page is hidden.
 *
 * @throws Error outside a provider.
 */
export function useAudioLevel(participantId: string): number {
  const client = useVoices();
  return useLevel(() => client.audioLevel(participantId));
}

/**
 * Loudness of this page's own microphone, 0 to 1 in steps of 0.05, also before the room was joined.
 *
 * @throws Error outside a provider.
 */
export function useMicrophoneLevel(): number {
  const { microphone } = useVoices();
  return useLevel(() => microphone.level);
}

function useLevel(read: () => number): number {
  const [level, setLevel] = useState(0);
  const newest = useRef(read);
  useEffect(() => {
    newest.current = read;
  });
  useEffect(() => {
    let frame = requestAnimationFrame(look);
    function look() {
      setLevel(quantiseLevel(newest.current()));
      frame = requestAnimationFrame(look);
    }
    return () => cancelAnimationFrame(frame);
  }, []);
  return level;
}

/** The nearest of the steps from 0 to 1. */
export function quantiseLevel(level: number): number {
  return Math.round(Math.min(1, Math.max(0, level)) * STEPS) / STEPS;
}

/** Whoever knows loudness here: the room, or the conversation. */
function useVoices(): Pick<RoomClient, 'audioLevel' | 'microphone'> {
  const room = useContext(RoomContext);
  const live = useContext(LiveContext);
  const client = room ?? live;
  if (client === null) {
    throw new Error('There is no RoomProvider or LiveProvider above this component; put one around it.');
  }
  return client;
}
