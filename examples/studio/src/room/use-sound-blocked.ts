import { useMedia, useRoom, useRoomClient } from '@colloquy/live-client/react';
import { useEffect, useState } from 'react';

/** Sound that is allowed starts within this time, also where opening the sound device is slow. */
const STARTING_MS = 2500;

/**
 * Whether the browser keeps an open room silent until somebody does something. Sound that only takes a moment to start
 * does not count; and the first click or key press anywhere is enough, so most people never see the question.
 */
export function useSoundBlocked(): boolean {
  const client = useRoomClient();
  const { canPlay } = useMedia();
  const { connection } = useRoom();
  const isSilent = connection.status === 'open' && !canPlay;
  const [isBlocked, setBlocked] = useState(false);
  useEffect(() => {
    if (!isSilent) return;
    const timer = setTimeout(() => setBlocked(true), STARTING_MS);
    const start = (): void => {
      client.speaker.resume().catch(() => {
        // The banner stays, and its button says why.
      });
    };
    document.addEventListener('click', start);
    document.addEventListener('keydown', start);
    return () => {
      clearTimeout(timer);
      setBlocked(false);
      document.removeEventListener('click', start);
      document.removeEventListener('keydown', start);
    };
  }, [client, isSilent]);
  return isSilent && isBlocked;
}
