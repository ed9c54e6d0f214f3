import { useParticipants, usePictures, useRoom } from '@colloquy/live-client/react';
import { Minimize2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/icon-button.tsx';
import { chooseStage, usePin } from './pin.ts';
import './stage.css';

/** A shared screen, or a picture somebody chose, shown large above the conversation. */
export function Stage(): ReactNode {
  const { self } = useRoom();
  const participants = useParticipants();
  const pictures = usePictures();
  const pin = usePin();
  const others = participants.filter(({ participantId }) => participantId !== self?.participantId);
  const shownId = chooseStage(
    others.map(({ participantId, media }) => ({
      participantId,
      sharesScreen: media.screen,
      hasPicture: pictures.has(participantId) && (media.screen || media.camera),
    })),
    pin,
  );
  const picture = shownId === null ? undefined : pictures.get(shownId);
  const name = others.find(({ participantId }) => participantId === shownId)?.name;
  if (shownId === null || picture === undefined) return null;
  const title = picture.source === 'screen' ? `Screen of ${name}` : `${name}`;
  return (
    <figure className="stage" data-testid="stage" data-participant-id={shownId} data-source={picture.source}>
      <img src={picture.url} alt={title} />
      <figcaption>{title}</figcaption>
      <IconButton label="Make small" className="stage-close" onClick={() => pin.hide(shownId)} data-testid="stage-hide">
        <Minimize2 />
      </IconButton>
    </figure>
  );
}
