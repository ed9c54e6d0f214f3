import type { RoomInfo } from '@colloquy/live-protocol';
import { DoorOpen, FileX, LoaderCircle, MessageSquareText, Waypoints } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { BoardExport } from '../board/board-export.tsx';
import { type BoardLook, BoardLookSwitch, BoardView } from '../board/board-view.tsx';
import { Timeline } from '../room/timeline.tsx';
import { roomPath } from '../router.tsx';
import { useSession } from '../session/session.ts';
import { BrandLink } from '../ui/brand.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { NoticePage, useHeading } from '../ui/notice-page.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import { formatClock, formatDayAndClock } from '../ui/time.ts';
import { HistoryExport } from './history-export.tsx';
import { Recordings } from './recordings.tsx';
import { useHistory } from './use-history.ts';
import '../ui/segments.css';
import './history-page.css';

/** What was said in a room, to read; also long after it was closed. */
export function HistoryPage({ roomId }: { roomId: string }): ReactNode {
  const { session } = useSession();
  const history = useHistory(roomId, session);
  switch (history.status) {
    case 'loading':
      return (
        <main className="history-loading" aria-busy="true" data-testid="history-loading">
          <LoaderCircle className="spin" aria-hidden="true" />
          <h1>Opening the conversation…</h1>
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
  const { room, board, items, hasOlder, loadingOlder, loadOlder } = history;
  const heading = useHeading(room.name);
  const [look, setLook] = useState<BoardLook>('list');
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
          <div className="history-actions">
            <HistoryExport room={room} />
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
        </div>
        <Recordings roomId={room.id} />
        <Tabs.Root className="history-tabs" defaultValue="conversation">
          <Tabs.List className="segments" aria-label="Parts of the room">
            <Tabs.Trigger value="conversation" className="segment" data-testid="history-conversation">
              <MessageSquareText aria-hidden="true" />
              Conversation
            </Tabs.Trigger>
            <Tabs.Trigger value="board" className="segment" data-testid="history-board">
              <Waypoints aria-hidden="true" />
              Board ({board.cards.length})
            </Tabs.Trigger>
          </Tabs.List>
          <Tabs.Content value="conversation" className="history-part" tabIndex={-1}>
            <Timeline
              items={items}
              selfId={selfId}
              hasOlder={hasOlder}
              loadingOlder={loadingOlder}
              onLoadOlder={loadOlder}
              fromStart
              empty={<p className="history-empty">Nobody said anything in this room.</p>}
            />
          </Tabs.Content>
          <Tabs.Content value="board" className="history-part" tabIndex={-1}>
            {board.cards.length === 0 ? (
              <p className="history-empty">Nothing was put on the board.</p>
            ) : (
              <>
                <h2 className="visually-hidden">Board</h2>
                <div className="history-board-tools">
                  <BoardLookSwitch look={look} onChange={setLook} />
                  <BoardExport board={board} room={room} />
                </div>
                <BoardView board={board} look={look} />
              </>
            )}
          </Tabs.Content>
        </Tabs.Root>
      </main>
    </div>
  );
}

function describeRoom({ createdAt, closedAt }: RoomInfo): string {
  const opened = `Opened ${formatDayAndClock(createdAt)}`;
  if (closedAt === null) return `${opened} · still open`;
  const isSameDay = new Date(createdAt).toDateString() === new Date(closedAt).toDateString();
  return `${opened} · closed ${isSameDay ? formatClock(closedAt) : formatDayAndClock(closedAt)} · read-only`;
}
