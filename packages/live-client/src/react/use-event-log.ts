import { useEffect, useState } from 'react';
import { EventLog, type LoggedEvent } from '../room/event-log.ts';
import { useRoomClient } from './room-context.ts';

/**
 * What happened in the room and to the connection, oldest first: entries of the log and what is in no log, such as
 * breaks of the connection and refusals. From the first rendering of the calling component on, the newest thousand.
 */
export function useEventLog(): readonly LoggedEvent[] {
  const client = useRoomClient();
  const [events, setEvents] = useState<readonly LoggedEvent[]>([]);
  useEffect(() => {
    const log = new EventLog(client, { now: Date.now, changed: setEvents });
    return () => log.dispose();
  }, [client]);
  return events;
}
