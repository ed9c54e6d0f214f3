import { RoomClient } from '@colloquy/live-client';
import { useEffect, useState } from 'react';
import { ROOMS_PATH } from '../api/rooms.ts';
import { workletUrl } from './worklets.ts';

declare global {
  interface Window {
    /** For tests and for a curious console: the client of the room on this page. Nothing in the studio reads it. */
    __colloquy?: { readonly client: RoomClient };
  }
}

/** A client of the room that has not joined yet, for as long as the calling component is there. `null` for the first moment. */
export function useClientOfRoom(roomId: string): RoomClient | null {
  const [client, setClient] = useState<RoomClient | null>(null);
  useEffect(() => {
    const made = new RoomClient({ url: `${ROOMS_PATH}/${roomId}`, workletUrl, keepAwake: true });
    const handle = { client: made };
    window.__colloquy = handle;
    setClient(made);
    return () => {
      if (window.__colloquy === handle) delete window.__colloquy;
      void made.dispose();
    };
  }, [roomId]);
  return client;
}
