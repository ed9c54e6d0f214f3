import { useEffect, useRef } from 'react';
import type { RoomEvents } from '../room/room-events.ts';
import { useRoomClient } from './room-context.ts';

/** Calls the newest `listener` at each event of this type while the calling component is there. */
export function useRoomEvent<Type extends keyof RoomEvents>(
  type: Type,
  listener: (event: RoomEvents[Type]) => void,
): void {
  const client = useRoomClient();
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => client.on(type, (event) => newest.current(event)), [client, type]);
}
