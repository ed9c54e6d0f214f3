import type { RoomSummary } from '@colloquy/live-protocol';
import { CircleAlert, MessagesSquare, Plus, RotateCw } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { RoomCard } from './room-card.tsx';
import type { useRooms } from './use-rooms.ts';

interface RoomListProps {
  readonly kind: RoomSummary['status'];
  readonly list: ReturnType<typeof useRooms>;
  readonly onCreate?: () => void;
}

/** The rooms of one status in each of their states: loading, failed, none, some. */
export function RoomList({ kind, list, onCreate }: RoomListProps): ReactNode {
  const now = useNow();
  const { rooms, problem, cursor, loadingMore } = list;
  if (rooms === null) return problem === null ? <Skeletons /> : <Failure problem={problem} onRetry={list.refresh} />;
  if (rooms.length === 0) return onCreate ? <Empty onCreate={onCreate} /> : null;
  return (
    <>
      {problem !== null && <Failure problem={problem} onRetry={list.refresh} stale />}
      <ul className={`room-list room-list-${kind}`} data-testid={`rooms-${kind}`}>
        {rooms.map((room) => (
          <RoomCard key={room.id} room={room} nowMs={now} />
        ))}
      </ul>
      {cursor !== null && (
        <Button className="room-list-more" onClick={list.loadMore} isBusy={loadingMore}>
          {loadingMore ? 'Loading…' : 'Show more'}
        </Button>
      )}
    </>
  );
}

function Skeletons(): ReactNode {
  return (
    <div className="room-list room-list-open" role="status" data-testid="rooms-loading">
      <span className="visually-hidden">Loading rooms</span>
      {[0, 1, 2].map((index) => (
        <div key={index} className="room-card room-skeleton" aria-hidden="true" />
      ))}
    </div>
  );
}

function Empty({ onCreate }: { onCreate: () => void }): ReactNode {
  return (
    <div className="lobby-state" data-testid="rooms-empty">
      <span className="lobby-state-icon" aria-hidden="true">
        <MessagesSquare />
      </span>
      <h2>No room is open</h2>
      <p>Start one, share its link, and talk with the model together.</p>
      <Button variant="primary" size="lg" icon={<Plus />} onClick={onCreate} data-testid="create-room">
        New room
      </Button>
    </div>
  );
}

function Failure({
  problem,
  onRetry,
  stale = false,
}: {
  problem: string;
  onRetry: () => void;
  stale?: boolean;
}): ReactNode {
  return (
    <div className={stale ? 'lobby-stale' : 'lobby-state lobby-state-problem'} role="alert" data-testid="rooms-error">
      {!stale && (
        <span className="lobby-state-icon" aria-hidden="true">
          <CircleAlert />
        </span>
      )}
      {!stale && <h2>The rooms could not be loaded</h2>}
      <p>{stale ? `This list is not up to date. ${problem}` : problem}</p>
      <Button size={stale ? 'sm' : 'md'} icon={<RotateCw />} onClick={onRetry} data-testid="retry">
        Try again
      </Button>
    </div>
  );
}

/** Now, to the minute: enough for "5 minutes ago". */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
