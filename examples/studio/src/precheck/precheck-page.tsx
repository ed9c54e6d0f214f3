import type { LiveClientError } from '@colloquy/live-client';
import { useMedia, useMicrophoneLevel, useRoomClient } from '@colloquy/live-client/react';
import { CircleCheck, LogIn, Mic, MicOff, Pencil, Video, VideoOff, Volume2 } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { toast } from 'sonner';
import { ApiError } from '../api/request.ts';
import { fetchRoom } from '../api/rooms.ts';
import { useDeviceChoice } from '../room/device-choice.ts';
import { LiveVideo } from '../room/live-video.tsx';
import { NameForm } from '../session/name-form.tsx';
import { useSession } from '../session/session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { BrandLink } from '../ui/brand.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useHeading } from '../ui/notice-page.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import { DeviceSelect } from './device-select.tsx';
import { LevelMeter } from './level-meter.tsx';
import './precheck.css';

interface PrecheckPageProps {
  readonly roomId: string;
  /** Go in; also called at once for a room that nobody can enter, where the door says why. */
  readonly onJoin: () => void;
}

/** Before the door: how you look and sound, with which devices, and under which name. Nothing is sent yet. */
export function PrecheckPage({ roomId, onJoin }: PrecheckPageProps): ReactNode {
  const roomName = useRoomName(roomId, onJoin);
  const heading = useHeading('Ready to join?');
  return (
    <div className="precheck" data-testid="precheck">
      <header className="page-header">
        <BrandLink />
        <ThemeSwitch />
      </header>
      <main className="precheck-main">
        <Preview />
        <section className="precheck-panel" aria-labelledby="precheck-title">
          <div>
            <p className="precheck-room" data-testid="precheck-room">
              {roomName ?? '…'}
            </p>
            <h1 id="precheck-title" ref={heading} tabIndex={-1}>
              Ready to join?
            </h1>
            <p className="precheck-hint">Only you see and hear this. Others do when you are in the room.</p>
          </div>
          <Devices />
          <Self />
          <div className="precheck-actions">
            <Button variant="primary" size="lg" icon={<LogIn />} onClick={onJoin} data-testid="join-now">
              Join the room
            </Button>
            <ButtonLink href="/" variant="ghost" data-testid="back-to-lobby">
              Not now
            </ButtonLink>
          </div>
        </section>
      </main>
    </div>
  );
}

/** Where there is nothing to check for, what there is instead is shown, and nobody is heard or seen who has not joined. */
function useRoomName(roomId: string, onJoin: () => void): string | null {
  const client = useRoomClient();
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    const aborter = new AbortController();
    const leave = (): void => {
      client.microphone.stop();
      client.camera.stop();
      onJoin();
    };
    fetchRoom(roomId, aborter.signal).then(
      (room) => {
        if (aborter.signal.aborted) return;
        if (room.status === 'open') setName(room.name);
        else leave();
      },
      (error) => {
        if (aborter.signal.aborted) return;
        if (isNoEntry(error)) leave();
        // Only its name is missing: whoever joins waits for the server there.
        else setName('A room whose name could not be read');
      },
    );
    return () => aborter.abort();
  }, [roomId, onJoin, client]);
  return name;
}

/** Whether the room is not there, or not for this person. */
function isNoEntry(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404, 410].includes(error.status);
}

/** The own picture, and switches for what others will see and hear. */
function Preview(): ReactNode {
  const client = useRoomClient();
  const { session } = useSession();
  const { microphone, camera } = useMedia();
  const hasCamera = camera.status === 'on';
  const hears = microphone.status === 'on';
  const switchMicrophone = (): void => {
    if (hears) client.microphone.stop();
    else client.microphone.start().catch(saidBeside);
  };
  const switchCamera = (): void => {
    if (hasCamera) client.camera.stop();
    else client.camera.start().catch(saidBeside);
  };
  return (
    <section className="precheck-preview" aria-label="How others will see you">
      {hasCamera ? (
        <LiveVideo
          stream={client.camera.stream}
          source="camera"
          className="precheck-video is-mirrored"
          testId="own-preview"
        />
      ) : (
        <div className="precheck-face">
          <Avatar participantId={session.participantId} name={session.name} size="lg" />
          <p>{camera.status === 'starting' ? 'Starting the camera…' : 'Your camera is off'}</p>
        </div>
      )}
      <div className="precheck-switches">
        <Switch
          label={hears ? 'Turn off microphone' : 'Turn on microphone'}
          isOn={hears}
          isBusy={microphone.status === 'starting'}
          onPress={switchMicrophone}
          testId="precheck-microphone"
        >
          {hears ? <Mic /> : <MicOff />}
        </Switch>
        <Switch
          label={hasCamera ? 'Turn off camera' : 'Turn on camera'}
          isOn={hasCamera}
          isBusy={camera.status === 'starting'}
          onPress={switchCamera}
          testId="precheck-camera"
        >
          {hasCamera ? <Video /> : <VideoOff />}
        </Switch>
      </div>
    </section>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly isBusy: boolean;
  readonly onPress: () => void;
  readonly testId: string;
  readonly children: ReactNode;
}

function Switch({ label, isOn, isBusy, onPress, testId, children }: SwitchProps): ReactNode {
  return (
    <button
      type="button"
      className="precheck-switch"
      aria-label={label}
      aria-pressed={isOn}
      aria-busy={isBusy}
      onClick={onPress}
      data-testid={testId}
    >
      {children}
    </button>
  );
}

function Devices(): ReactNode {
  const client = useRoomClient();
  const { camera } = useMedia();
  const choice = useDeviceChoice();
  const testSpeaker = (): void => tell('There is no sound', client.speaker.chime());
  return (
    <div className="precheck-devices">
      <DeviceSelect label="Microphone" choice={choice.microphone} testId="choose-microphone">
        <MicrophoneNote />
      </DeviceSelect>
      <DeviceSelect label="Camera" choice={choice.camera} testId="choose-camera">
        <DeviceProblem error={camera.error} testId="camera-problem" />
      </DeviceSelect>
      <DeviceSelect label="Loudspeaker" choice={choice.speaker} testId="choose-speaker">
        <Button size="sm" icon={<Volume2 />} onClick={testSpeaker} data-testid="test-sound">
          Play a sound
        </Button>
      </DeviceSelect>
    </div>
  );
}

/** What is wrong with a device, and what to do about it. */
function DeviceProblem({ error, testId }: { error: LiveClientError | null; testId: string }): ReactNode {
  if (error === null) return null;
  return (
    <p className="field-note field-problem" role="alert" data-testid={testId}>
      {[error.message, error.hint].filter(Boolean).join(' ')}
    </p>
  );
}

/** The level while the microphone is on, and what to do where there is none. */
function MicrophoneNote(): ReactNode {
  const { microphone } = useMedia();
  const level = useMicrophoneLevel();
  const [wasHeard, setWasHeard] = useState(false);
  useEffect(() => {
    if (level >= 0.1) setWasHeard(true);
  }, [level]);
  if (microphone.error) return <DeviceProblem error={microphone.error} testId="microphone-problem" />;
  if (microphone.status !== 'on') return <p className="field-note">Off. Turn it on to see whether you are heard.</p>;
  return (
    <div className="precheck-level">
      <LevelMeter level={level} />
      <p className="field-note" role="status" data-testid="microphone-heard" data-heard={wasHeard}>
        {wasHeard ? (
          <>
            <CircleCheck aria-hidden="true" /> We hear you.
          </>
        ) : microphone.silent ? (
          'No sound at all: is it switched off at the device, or is it another one?'
        ) : (
          'Say something: the bar should move.'
        )}
      </p>
    </div>
  );
}

function Self(): ReactNode {
  const { session, introduce } = useSession();
  const [renaming, setRenaming] = useState(false);
  const rename = async (name: string): Promise<void> => {
    await introduce(name);
    setRenaming(false);
  };
  return (
    <div className="precheck-self">
      <Avatar participantId={session.participantId} name={session.name} />
      <p>
        You join as <strong data-testid="precheck-name">{session.name}</strong>
      </p>
      <Button size="sm" variant="ghost" icon={<Pencil />} onClick={() => setRenaming(true)} data-testid="rename">
        Change name
      </Button>
      <Dialog
        open={renaming}
        onOpenChange={setRenaming}
        title="Your name"
        description="Everybody in your rooms sees it, and the model calls you by it."
        isWritten
      >
        <NameForm name={session.name} action="Save" onSubmit={rename} />
      </Dialog>
    </div>
  );
}

/** What is wrong with a device stands at its name. */
function saidBeside(): void {}

function tell(title: string, doing: Promise<void>): void {
  doing.catch((error: LiveClientError) => {
    toast.error(title, { description: [error.message, error.hint].filter(Boolean).join(' ') });
  });
}
