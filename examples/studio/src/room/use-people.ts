import { useParticipants } from '@colloquy/live-client/react';
import { MODEL_PARTICIPANT_ID, type Participant } from '@colloquy/live-protocol';
import { useMemo } from 'react';

/** Everybody in the room but the model, in the order of their arrival. */
export function usePeople(): readonly Participant[] {
  const participants = useParticipants();
  return useMemo(
    () => participants.filter(({ participantId }) => participantId !== MODEL_PARTICIPANT_ID),
    [participants],
  );
}
