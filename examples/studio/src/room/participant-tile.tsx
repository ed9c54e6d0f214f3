import {
  useAudioLevel,
  useFloor,
  useMedia,
  useParticipantVideo,
  useRoom,
  useRoomClient,
} from '@colloquy/live-client/react';
import type { Participant } from '@colloquy/live-protocol';
import { Crown, Eye, Hand, Maximize2, Mic, MicOff, Radio, ScreenShare } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { hueOf } from '../ui/person.ts';
import { LiveVideo } from './live-video.tsx';
import { toVisibleLevel } from './model-tile.tsx';
import { ParticipantMenu } from './participant-menu.tsx';
import { chooseEnlargeable, chooseTile, usePin } from './pin.ts';
import { picturesOf, useStagedPicture } from './use-staged-picture.ts';

interface ParticipantTileProps {
  readonly participant: Participant;
  readonly isSelf: boolean;
}

/** One person: picture or letters, name, microphone, and a ring that moves with the voice. */
export function ParticipantTile({ participant, isSelf }: ParticipantTileProps): ReactNode {
  const { participantId, name, media, status, role, speaking } = participant;
  const { connection } = useRoom();
  const level = useAudioLevel(participantId);
  const isLive = connection.status === 'open';
  // Whoever has left the room is heard by nobody, whatever was last known.
  const isOver = connection.status === 'closed';
  const isAway = isLive && status === 'away';
  const speaks = isLive && speaking && media.microphone;
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
      {!isSelf && isLive && <ParticipantMenu participant={participant} />}
      <FloorFlag participantId={participantId} />
      {isAway && <span className="participant-flag">Reconnecting…</span>}
      <div className="participant-label">
        {role === 'host' && (
          <Crown className="participant-crown" role="img" aria-label="Host" data-testid="host-flag" />
        )}
        {role === 'viewer' && <Eye role="img" aria-label="Only listens" data-testid="viewer-flag" />}
        <span className="participant-name">{isSelf ? 'You' : name}</span>
        {media.screen && !isOver && <ScreenShare role="img" aria-label="Shares the screen" />}
        {!isOver && <MicrophoneFlag isOn={media.microphone} speaks={speaks} />}
      </div>
    </li>
  );
}

function MicrophoneFlag({ isOn, speaks }: { isOn: boolean; speaks: boolean }): ReactNode {
  return isOn ? (
    <Mic role="img" aria-label={speaks ? 'Speaking' : 'Microphone on'} />
  ) : (
    <MicOff role="img" aria-label="Microphone off" className="is-off" />
  );
}

/** Who speaks to the model, and who waits to. */
function FloorFlag({ participantId }: { participantId: string }): ReactNode {
  const { policy, holder, queue } = useFloor();
  if (policy !== 'floor') return null;
  if (holder === participantId) {
    return (
      <span className="participant-flag participant-floor" data-testid="floor-flag">
        <Radio aria-hidden="true" />
        Has the floor
      </span>
    );
  }
  const place = queue.indexOf(participantId) + 1;
  if (place === 0) return null;
  return (
    <span className="participant-flag" data-testid="hand-flag">
      <Hand aria-hidden="true" />
      {place}
      <span className="visually-hidden">. in line</span>
    </span>
  );
}

function TheirPicture({ participant }: { participant: Participant }): ReactNode {
  const { participantId, name } = participant;
  const videos = {
    camera: useParticipantVideo(participantId, 'camera'),
    screen: useParticipantVideo(participantId, 'screen'),
  };
  const { pin } = usePin();
  const staged = useStagedPicture();
  const own = picturesOf(participant, videos);
  const tile = chooseTile(own, staged);
  const enlargeable = chooseEnlargeable(own, staged);
  return (
    <>
      {tile !== null && (
        <LiveVideo
          stream={videos[tile.source]?.stream ?? null}
          source={tile.source}
          label={describePicture(tile.source, name)}
          className="participant-picture"
          testId="picture"
        />
      )}
      {enlargeable !== null && (
        <IconButton
          label={`Show large: ${describePicture(enlargeable.source, name)}`}
          tip={enlargeable.source === 'screen' ? 'Show the screen large' : 'Show large'}
          className="participant-enlarge"
          onClick={() => pin(enlargeable)}
          data-testid="enlarge"
        >
          <Maximize2 />
        </IconButton>
      )}
    </>
  );
}

function describePicture(source: 'camera' | 'screen', name: string): string {
  return source === 'screen' ? `Screen of ${name}` : `Camera of ${name}`;
}

function OwnPicture(): ReactNode {
  const client = useRoomClient();
  const { camera, screen } = useMedia();
  if (camera.status === 'on') return <Preview stream={client.camera.stream} source="camera" />;
  if (screen.status === 'on') return <Preview stream={client.screen.stream} source="screen" />;
  return null;
}

function Preview({ stream, source }: { stream: MediaStream | null; source: 'camera' | 'screen' }): ReactNode {
  const className = source === 'camera' ? 'participant-picture is-mirrored' : 'participant-picture';
  return <LiveVideo stream={stream} source={source} className={className} testId="own-preview" />;
}
