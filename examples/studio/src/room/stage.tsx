import { useParticipants, useVideos } from '@colloquy/live-client/react';
import { Minimize2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/icon-button.tsx';
import { LiveVideo } from './live-video.tsx';
import { usePin } from './pin.ts';
import { useStagedPicture } from './use-staged-picture.ts';
import './stage.css';

/** A shared screen, or a picture somebody chose, shown large above the conversation. */
export function Stage(): ReactNode {
  const { hide } = usePin();
  const staged = useStagedPicture();
  const videos = useVideos();
  const name = useParticipants().find(({ participantId }) => participantId === staged?.participantId)?.name ?? '';
  const picture = staged === null ? null : videos.get(staged.participantId)?.[staged.source];
  if (staged === null || !picture) return null;
  const { participantId, source } = staged;
  const title = source === 'screen' ? `Screen of ${name}` : name;
  return (
    <figure className="stage" data-testid="stage" data-participant-id={participantId} data-source={source}>
      <LiveVideo stream={picture.stream} source={source} label={title} testId="stage-video" />
      <figcaption>{title}</figcaption>
      <IconButton label="Make small" className="stage-close" onClick={() => hide(staged)} data-testid="stage-hide">
        <Minimize2 />
      </IconButton>
    </figure>
  );
}
