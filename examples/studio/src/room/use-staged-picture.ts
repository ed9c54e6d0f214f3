import type { ParticipantVideos } from '@colloquy/live-client';
import { useParticipants, useRoom, useVideos } from '@colloquy/live-client/react';
import type { Participant } from '@colloquy/live-protocol';
import { chooseStage, type StagePicture, usePin } from './pin.ts';

/** Which picture of another person is shown large now; `null` for none. */
export function useStagedPicture(): StagePicture | null {
  const { self } = useRoom();
  const videos = useVideos();
  const pin = usePin();
  const others = useParticipants().filter(({ participantId }) => participantId !== self?.participantId);
  return chooseStage(
    others.flatMap((participant) => picturesOf(participant, videos.get(participant.participantId))),
    pin,
  );
}

/** The pictures that there are of a person; a picture of a device that is off is none. */
export function picturesOf(
  { participantId, media }: Participant,
  videos: ParticipantVideos | undefined,
): readonly StagePicture[] {
  const sources = ['camera', 'screen'] as const;
  return sources.filter((source) => media[source] && videos?.[source]).map((source) => ({ participantId, source }));
}
