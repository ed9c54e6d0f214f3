import { useParticipants, usePictures, useRoom } from '@colloquy/live-client/react';
import { chooseStage, usePin } from './pin.ts';

/** Which other person's picture is shown large now; `null` for nobody's. */
export function useStagedId(): string | null {
  const { self } = useRoom();
  const pictures = usePictures();
  const pin = usePin();
  const others = useParticipants().filter(({ participantId }) => participantId !== self?.participantId);
  const candidates = others.map(({ participantId, media }) => ({
    participantId,
    sharesScreen: media.screen,
    hasPicture: pictures.has(participantId) && (media.screen || media.camera),
  }));
  return chooseStage(candidates, pin);
}
