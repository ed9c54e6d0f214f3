import {
  useMedia,
  useModelState,
  useRecording,
  useRoom,
  useRoomClient,
  useRoomUsage,
} from '@colloquy/live-client/react';
import type { RoomInfo } from '@colloquy/live-protocol';
import { CircleAlert, CircleDot, Gauge, LoaderCircle, ScreenShare, Volume2, WifiOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { historyPath } from '../router.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { describeConnection, describeModelTrouble, type Notice } from './connection-notice.ts';
import { ToolApprovals } from './tool-approvals.tsx';
import { useCountdownNow } from './use-countdown.ts';
import { useIsHost } from './use-is-host.ts';
import { useSoundBlocked } from './use-sound-blocked.ts';
import { WaitingPeople } from './waiting-people.tsx';
import './room-banners.css';

const ICONS: Readonly<Record<Notice['id'], ReactNode>> = {
  connecting: <LoaderCircle className="spin" />,
  reconnecting: <WifiOff />,
  closed: <CircleAlert />,
  'model-failed': <CircleAlert />,
  'model-reconnecting': <LoaderCircle className="spin" />,
};

/** What is not as it should be, and what to do about it. */
export function RoomBanners({ room }: { room: RoomInfo }): ReactNode {
  return (
    <section className="banners" aria-label="Notices">
      <ConnectionBanner room={room} />
      <ModelBanner />
      <BudgetBanner />
      <RecordingBanner />
      <ToolApprovals />
      <WaitingPeople />
      <SoundBanner />
      <ScreenBanner />
    </section>
  );
}

/** The state of the connection, unless all is well. */
export function ConnectionBanner({ room }: { room: RoomInfo }): ReactNode {
  const client = useRoomClient();
  const { connection } = useRoom();
  const now = useCountdownNow(connection.retryAtMs);
  const notice = describeConnection(connection, now);
  if (notice === null) return null;
  const isClosed = connection.status === 'closed';
  const isOver = isClosed && connection.error?.code === 'ERR_ROOM_CLOSED';
  const rejoin = (): void => {
    client.connect().catch(() => {
      // The snapshot tells it, and this banner shows it.
    });
  };
  return (
    <Banner notice={notice} testId="connection-banner">
      {isClosed && (
        <>
          {isOver ? (
            <ButtonLink size="sm" href={historyPath(room.id)} data-testid="read-history">
              Read the conversation
            </ButtonLink>
          ) : (
            <Button size="sm" onClick={rejoin} data-testid="rejoin">
              Join again
            </Button>
          )}
          <ButtonLink size="sm" href="/" data-testid="back-to-lobby">
            Back to the rooms
          </ButtonLink>
        </>
      )}
    </Banner>
  );
}

function ModelBanner(): ReactNode {
  const { connection } = useRoom();
  const notice = describeModelTrouble(useModelState());
  // That the budget is spent has a banner of its own, which says the same.
  const isSpent = useRoomUsage()?.budget === 'spent';
  if (notice === null || isSpent || connection.status !== 'open') return null;
  return <Banner notice={notice} testId="model-banner" />;
}

/** What is left of what the room may spend; people go on without it. */
function BudgetBanner(): ReactNode {
  const { connection } = useRoom();
  const budget = useRoomUsage()?.budget ?? 'fine';
  if (budget === 'fine' || connection.status !== 'open') return null;
  return (
    <div
      className="banner"
      data-tone={budget === 'spent' ? 'danger' : 'warning'}
      role="status"
      data-testid="budget-banner"
    >
      <Gauge aria-hidden="true" />
      <p>
        {budget === 'spent'
          ? 'The budget of this room is spent and the model has left. You can go on talking with each other.'
          : 'Little of this room’s budget is left: the model sees fewer pictures and remembers less.'}
      </p>
    </div>
  );
}

/** Everybody is told as long as they are recorded. */
function RecordingBanner(): ReactNode {
  const client = useRoomClient();
  const { connection, self } = useRoom();
  const { active, by } = useRecording();
  const isHost = useIsHost();
  if (!active || connection.status !== 'open') return null;
  const who = by?.participantId === self?.participantId ? 'You are' : `${by?.name ?? 'A host'} is`;
  const stop = (): void => {
    client.host
      .record(false)
      .catch((error: Error) => toast.error('It is still recorded', { description: error.message }));
  };
  return (
    <div className="banner" data-tone="recording" role="status" data-testid="recording-banner">
      <CircleDot aria-hidden="true" />
      <p>{who} recording everybody’s voice. Whoever stays agrees to it.</p>
      {isHost && (
        <Button size="sm" onClick={stop} data-testid="stop-recording">
          Stop recording
        </Button>
      )}
    </div>
  );
}

function SoundBanner(): ReactNode {
  const client = useRoomClient();
  if (!useSoundBlocked()) return null;
  const enable = (): void => {
    client.speaker
      .resume()
      .catch((error: Error) => toast.error('There is still no sound', { description: error.message }));
  };
  return (
    <div className="banner" data-tone="calm" data-testid="sound-banner">
      <Volume2 aria-hidden="true" />
      <p>Your browser keeps the room silent until you allow sound.</p>
      <Button size="sm" variant="primary" onClick={enable} data-testid="enable-sound">
        Enable sound
      </Button>
    </div>
  );
}

function ScreenBanner(): ReactNode {
  const client = useRoomClient();
  const { screen } = useMedia();
  if (screen.status !== 'on') return null;
  return (
    <div className="banner" data-tone="calm" data-testid="screen-banner">
      <ScreenShare aria-hidden="true" />
      <p>Everybody here, and the model, sees your screen.</p>
      <Button size="sm" onClick={() => client.screen.stop()} data-testid="stop-sharing">
        Stop sharing
      </Button>
    </div>
  );
}

function Banner({ notice, testId, children }: { notice: Notice; testId: string; children?: ReactNode }): ReactNode {
  return (
    <div
      className="banner"
      data-tone={notice.tone}
      data-state={notice.id}
      data-testid={testId}
      role={notice.tone === 'danger' ? 'alert' : 'status'}
    >
      <span aria-hidden="true">{ICONS[notice.id]}</span>
      <p aria-hidden={notice.spoken !== undefined}>{notice.text}</p>
      {notice.spoken !== undefined && <span className="visually-hidden">{notice.spoken}</span>}
      {children}
    </div>
  );
}
