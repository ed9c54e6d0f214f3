import { useParticipants, useRoom } from '@colloquy/live-client/react';

/** Whether the person here is a host of the room now. */
export function useIsHost(): boolean {
  const { self } = useRoom();
  const participants = useParticipants();
  return participants.some(({ participantId, role }) => participantId === self?.participantId && role === 'host');
}
