import { useEffect } from 'react';
import type { ParticipantVideo } from '../room/room-snapshot.ts';
import { useRoomClient } from './room-context.ts';
import { useSlice } from './use-slice.ts';

/**
 * Somebody's camera or shared screen; `null` while there is none. While the calling component is there, the server sends
 * this picture; others that no component shows are not sent.
 */
export function useParticipantVideo(participantId: string, source: 'camera' | 'screen'): ParticipantVideo | null {
  const client = useRoomClient();
  useEffect(() => client.media(participantId).watch(source), [client, participantId, source]);
  return useSlice(client, (snapshot) => snapshot.videos.get(participantId)?.[source] ?? null);
}
