import { useParticipants, usePictures } from '@colloquy/live-client/react';
import { Minimize2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/icon-button.tsx';
import { usePin } from './pin.ts';
import { useStagedId } from './use-staged-id.ts';
import './stage.css';

/** A shared screen, or a picture somebody chose, shown large above the conversation. */
export function Stage(): ReactNode {
  const { hide } = usePin();
  const shownId = useStagedId();
  const pictures = usePictures();
  const name = useParticipants().find(({ participantId }) => participantId === shownId)?.name ?? '';
  const picture = shownId === null ? undefined : pictures.get(shownId);
  if (shownId === null || picture === undefined) return null;
  const title = picture.source === 'screen' ? `Screen of ${name}` : name;
  return (
    <figure className="stage" data-testid="stage" data-participant-id={shownId} data-source={picture.source}>
      <img src={picture.url} alt={title} />
      <figcaption>{title}</figcaption>
      <IconButton label="Make small" className="stage-close" onClick={() => hide(shownId)} data-testid="stage-hide">
        <Minimize2 />
      </IconButton>
    </figure>
  );
}
