import type { LiveClientError } from '@colloquy/live-client';
import { useAudioLevel, useMedia, useRoom, useRoomClient } from '@colloquy/live-client/react';
import { Mic, MicOff, ScreenShare, ScreenShareOff, Video, VideoOff } from 'lucide-react';
import { Toolbar } from 'radix-ui';
import type { CSSProperties, ReactNode } from 'react';
import { toast } from 'sonner';
import { Tip } from '../ui/icon-button.tsx';
import { toVisibleLevel } from './model-tile.tsx';

interface ControlProps {
  readonly disabled: boolean;
}

interface MediaControlProps extends ControlProps {
  readonly testId: string;
  readonly label: string;
  readonly status: 'off' | 'starting' | 'on' | 'muted' | 'failed';
  readonly error: LiveClientError | null;
  readonly onPress: () => void;
  readonly children: ReactNode;
  /** Loudness to show inside the button, 0 to 1. */
  readonly level?: number;
}

/** Speaks to the room. The first press asks for the microphone, later ones mute and unmute it. */
export function MicrophoneControl({ disabled }: ControlProps): ReactNode {
  const client = useRoomClient();
  const { microphone } = useMedia();
  const { self } = useRoom();
  const level = useAudioLevel(self?.participantId ?? '');
  const { status } = microphone;
  const isOn = status === 'on';
  const press = (): void => {
    if (status === 'on' || status === 'muted') client.microphone.setMuted(isOn);
    else start('microphone', () => client.microphone.start());
  };
  return (
    <MediaControl
      testId="microphone"
      label={MICROPHONE_LABELS[status]}
      status={status}
      error={microphone.error}
      onPress={press}
      disabled={disabled}
      level={isOn ? toVisibleLevel(level) : 0}
    >
      {isOn || status === 'starting' ? <Mic /> : <MicOff />}
    </MediaControl>
  );
}

/** Shows your camera to the room and the model. */
export function CameraControl({ disabled }: ControlProps): ReactNode {
  const client = useRoomClient();
  const { camera } = useMedia();
  const isOn = camera.status === 'on';
  return (
    <MediaControl
      testId="camera"
      label={isOn ? 'Turn off camera' : 'Turn on camera'}
      status={camera.status}
      error={camera.error}
      onPress={() => (isOn ? client.camera.stop() : start('camera', () => client.camera.start()))}
      disabled={disabled}
    >
      {isOn || camera.status === 'starting' ? <Video /> : <VideoOff />}
    </MediaControl>
  );
}

/** Shows your screen to the room and the model. */
export function ScreenControl({ disabled }: ControlProps): ReactNode {
  const client = useRoomClient();
  const { screen } = useMedia();
  const isOn = screen.status === 'on';
  // Phones have no screen to share.
  if (typeof navigator.mediaDevices?.getDisplayMedia !== 'function') return null;
  return (
    <MediaControl
      testId="screen"
      label={isOn ? 'Stop sharing your screen' : 'Share your screen'}
      status={screen.status}
      error={screen.error}
      onPress={() => (isOn ? client.screen.stop() : start('screen', () => client.screen.start()))}
      disabled={disabled}
    >
      {isOn ? <ScreenShareOff /> : <ScreenShare />}
    </MediaControl>
  );
}

const MICROPHONE_LABELS = {
  off: 'Turn on microphone',
  starting: 'Starting the microphone…',
  on: 'Mute',
  muted: 'Unmute',
  failed: 'Try the microphone again',
} as const;

function MediaControl({
  testId,
  label,
  status,
  error,
  onPress,
  disabled,
  level = 0,
  children,
}: MediaControlProps): ReactNode {
  return (
    <Tip text={error === null ? label : `${label}. ${error.message}`}>
      <Toolbar.Button
        className="control control-media"
        aria-label={label}
        aria-busy={status === 'starting'}
        disabled={disabled}
        onClick={onPress}
        data-status={status}
        data-testid={testId}
        style={{ '--level': level } as CSSProperties}
      >
        {children}
      </Toolbar.Button>
    </Tip>
  );
}

/** Starts a device; what goes wrong is said with what to do about it. */
function start(device: 'microphone' | 'camera' | 'screen', begin: () => Promise<void>): void {
  begin().catch((error: LiveClientError) => {
    // Whoever closes the browser's own dialog knows that nothing is shared.
    if (error.code === 'ERR_ABORTED' || error.code === 'ERR_SCREEN_DENIED') return;
    toast.error(TROUBLE[device], { description: [error.message, error.hint].filter(Boolean).join(' ') });
  });
}

const TROUBLE = {
  microphone: 'The microphone cannot be used',
  camera: 'The camera cannot be used',
  screen: 'The screen cannot be shared',
} as const;
