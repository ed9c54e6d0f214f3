import { useMemo } from 'react';
import type { AppLogSnapshot } from '../room/app-log.ts';
import { useRoomClient } from './room-context.ts';
import { useSlice } from './use-slice.ts';

/**
 * Everything that was published in the room under a topic, in the order of the log; kept up to date while the calling
 * component is there.
 */
export function useAppEntries(topic: string): AppLogSnapshot {
  const client = useRoomClient();
  const log = useMemo(() => client.appLog(topic), [client, topic]);
  return useSlice(log, (snapshot) => snapshot);
}
