import { useParticipants, usePicturePin, useRoomClient, useVideos } from '@colloquy/live-client/react';
import { Minimize2, Pin, PinOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/icon-button.tsx';
import { LiveVideo } from './live-video.tsx';
import { usePin } from './pin.ts';
import { useIsHost } from './use-is-host.ts';
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
      <ModelPin participantId={participantId} source={source} />
      <IconButton label="Make small" className="stage-close" onClick={() => hide(staged)} data-testid="stage-hide">
        <Minimize2 />
      </IconButton>
    </figure>
  );
}

/** Hosts choose what the model looks at; everybody sees what was chosen. */
function ModelPin({ participantId, source }: { participantId: string; source: 'camera' | 'screen' }): ReactNode {
  const client = useRoomClient();
  const isHost = useIsHost();
  const pin = usePicturePin();
  const isPinned = pin?.participantId === participantId && pin.source === source;
  if (!isHost) return isPinned ? <span className="stage-pinned">The model looks at this</span> : null;
  return (
    <IconButton
      label={isPinned ? 'Let the model choose where to look' : 'Make the model look at this'}
      className="stage-pin"
      aria-pressed={isPinned}
      onClick={() => client.pin(isPinned ? null : { participantId, source })}
      data-testid="pin-for-model"
    >
      {isPinned ? <PinOff /> : <Pin />}
    </IconButton>
  );
}
