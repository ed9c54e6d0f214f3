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

/** A client that joins the room, for as long as the calling component is there. `null` for the first moment. */
export function useJoinedRoom(roomId: string): RoomClient | null {
  const [client, setClient] = useState<RoomClient | null>(null);
  useEffect(() => {
    const joined = new RoomClient({ url: `${ROOMS_PATH}/${roomId}`, workletUrl });
    const handle = { client: joined };
    window.__colloquy = handle;
    setClient(joined);
    joined.connect().catch(() => {
      // The snapshot tells it, and the page shows it.
    });
    return () => {
      if (window.__colloquy === handle) delete window.__colloquy;
      void joined.dispose();
    };
  }, [roomId]);
  return client;
}
