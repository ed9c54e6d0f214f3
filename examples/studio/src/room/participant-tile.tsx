import { useAudioLevel, useMedia, usePictures, useRoom, useRoomClient } from '@colloquy/live-client/react';
import type { Participant } from '@colloquy/live-protocol';
import { Crown, Maximize2, Mic, MicOff, ScreenShare } from 'lucide-react';
import { type CSSProperties, type ReactNode, useEffect, useRef } from 'react';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { hueOf } from '../ui/person.ts';
import { toVisibleLevel } from './model-tile.tsx';
import { usePin } from './pin.ts';
import { useStagedId } from './use-staged-id.ts';

interface ParticipantTileProps {
  readonly participant: Participant;
  readonly isSelf: boolean;
}

/** One person: picture or letters, name, microphone, and a ring that moves with the voice. */
export function ParticipantTile({ participant, isSelf }: ParticipantTileProps): ReactNode {
  const { participantId, name, media, status, role, speaking } = participant;
  const { connection } = useRoom();
  const level = useAudioLevel(participantId);
  const isAway = status === 'away';
  const speaks = speaking && media.microphone && connection.status === 'open';
  return (
    <li
      className="participant"
      data-hue={hueOf(participantId)}
      data-testid="participant"
      data-participant-id={participantId}
      data-name={name}
      data-self={isSelf}
      data-presence={status}
      data-microphone={media.microphone}
      data-speaking={speaks}
      style={{ '--level': speaks ? toVisibleLevel(level) : 0 } as CSSProperties}
    >
      <Avatar participantId={participantId} name={name} size="lg" />
      {isSelf ? <OwnPicture /> : <TheirPicture participant={participant} />}
      {isAway && <span className="participant-flag">Reconnecting…</span>}
      <div className="participant-label">
        {role === 'host' && (
          <Crown className="participant-crown" role="img" aria-label="Host" data-testid="host-flag" />
        )}
        <span className="participant-name">{isSelf ? 'You' : name}</span>
        {media.screen && <ScreenShare role="img" aria-label="Shares the screen" />}
        {media.microphone ? (
          <Mic role="img" aria-label={speaks ? 'Speaking' : 'Microphone on'} />
        ) : (
          <MicOff role="img" aria-label="Microphone off" className="is-off" />
        )}
      </div>
    </li>
  );
}

function TheirPicture({ participant: { participantId, name, media } }: { participant: Participant }): ReactNode {
  const picture = usePictures().get(participantId);
  const { pin } = usePin();
  const isStaged = useStagedId() === participantId;
  if (picture === undefined || !(media.camera || media.screen)) return null;
  return (
    <>
      <img
        className="participant-picture"
        src={picture.url}
        data-source={picture.source}
        alt={picture.source === 'screen' ? `Screen of ${name}` : `Camera of ${name}`}
        data-testid="picture"
      />
      {!isStaged && (
        <IconButton
          label={`Show the picture of ${name} large`}
          tip="Show large"
          className="participant-enlarge"
          onClick={() => pin(participantId)}
          data-testid="enlarge"
        >
          <Maximize2 />
        </IconButton>
      )}
    </>
  );
}

function OwnPicture(): ReactNode {
  const client = useRoomClient();
  const { camera, screen } = useMedia();
  if (camera.status === 'on') return <Preview stream={client.camera.stream} source="camera" />;
  if (screen.status === 'on') return <Preview stream={client.screen.stream} source="screen" />;
  return null;
}

function Preview({ stream, source }: { stream: MediaStream | null; source: 'camera' | 'screen' }): ReactNode {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream]);
  return (
    <video
      ref={video}
      className={source === 'camera' ? 'participant-picture is-mirrored' : 'participant-picture'}
      data-source={source}
      data-testid="own-preview"
      autoPlay
      muted
      playsInline
    />
  );
}
