import type { RoomInfo } from '@colloquy/live-protocol';
import { DoorOpen, FileX, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { Timeline } from '../room/timeline.tsx';
import { roomPath } from '../router.tsx';
import { useSession } from '../session/session.ts';
import { BrandLink } from '../ui/brand.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { NoticePage, useHeading } from '../ui/notice-page.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import { formatFull } from '../ui/time.ts';
import { useHistory } from './use-history.ts';
import './history-page.css';

/** What was said in a room, to read; also long after it was closed. */
export function HistoryPage({ roomId }: { roomId: string }): ReactNode {
  const { session } = useSession();
  const history = useHistory(roomId, session);
  switch (history.status) {
    case 'loading':
      return (
        <main className="history-loading" role="status" data-testid="history-loading">
          <LoaderCircle className="spin" aria-hidden="true" />
          Opening the conversation…
        </main>
      );
    case 'failed':
      return (
        <NoticePage
          icon={<FileX />}
          title="The conversation cannot be shown"
          testId="history-problem"
          actions={
            <>
              {history.canRetry && (
                <Button variant="primary" onClick={history.retry} data-testid="retry">
                  Try again
                </Button>
              )}
              <ButtonLink href="/" variant={history.canRetry ? 'secondary' : 'primary'} data-testid="back-to-lobby">
                Back to the rooms
              </ButtonLink>
            </>
          }
        >
          <p>{history.problem}</p>
        </NoticePage>
      );
    case 'loaded':
      return <Conversation history={history} selfId={session.participantId} />;
    default:
      return history satisfies never;
  }
}

function Conversation({
  history,
  selfId,
}: {
  history: ReturnType<typeof useHistory> & { status: 'loaded' };
  selfId: string;
}): ReactNode {
  const { room, items, hasOlder, loadingOlder, loadOlder } = history;
  const heading = useHeading(room.name);
  return (
    <div className="history" data-testid="history">
      <header className="page-header">
        <BrandLink />
        <ThemeSwitch />
      </header>
      <main className="history-main">
        <div className="history-title">
          <div>
            <h1 ref={heading} tabIndex={-1} data-testid="room-name">
              {room.name}
            </h1>
            <p>{describeRoom(room)}</p>
          </div>
          {room.status === 'open' ? (
            <ButtonLink href={roomPath(room.id)} variant="primary" icon={<DoorOpen />} data-testid="join-room">
              Join the room
            </ButtonLink>
          ) : (
            <ButtonLink href="/" data-testid="back-to-lobby">
              All rooms
            </ButtonLink>
          )}
        </div>
        <Timeline
          items={items}
          selfId={selfId}
          hasOlder={hasOlder}
          loadingOlder={loadingOlder}
          onLoadOlder={loadOlder}
          fromStart
          empty={<p className="history-empty">Nobody said anything in this room.</p>}
        />
      </main>
    </div>
  );
}

function describeRoom({ createdAt, closedAt }: RoomInfo): string {
  const opened = `Opened ${formatFull(createdAt)}`;
  return closedAt === null ? `${opened} · still open` : `${opened} · closed ${formatFull(closedAt)} · read-only`;
}
