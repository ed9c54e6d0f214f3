import type { RoomSummary } from '@colloquy/live-protocol';
import { BookOpenText, Link2, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { historyPath, Link, roomPath } from '../router.tsx';
import { copyInvite } from '../ui/copy-invite.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { hueOf, initialsOf } from '../ui/person.ts';
import { formatAgo, formatFull } from '../ui/time.ts';

/** One room in the lobby: an open one is entered, a closed one is read. */
export function RoomCard({ room, nowMs }: { room: RoomSummary; nowMs: number }): ReactNode {
  const open = room.status === 'open';
  const { participantCount: people, name, id, createdAt, closedAt } = room;
  return (
    <li className="room-card" data-testid="room-card" data-room-id={id} data-status={room.status} data-hue={hueOf(id)}>
      <span className="room-card-glyph" aria-hidden="true">
        {initialsOf(name)}
      </span>
      <div className="room-card-body">
        {/* The link covers the card, so that the whole of it can be clicked and is announced once. */}
        <Link href={open ? roomPath(id) : historyPath(id)} className="room-card-link" data-testid="room-link">
          {name}
        </Link>
        <p className="room-card-facts">
          {open ? (
            <span className={people > 0 ? 'room-card-people is-live' : 'room-card-people'} data-testid="room-people">
              {people > 0 ? <span className="live-dot" aria-hidden="true" /> : <Users aria-hidden="true" />}
              {describePeople(people)}
            </span>
          ) : (
            <span>
              <BookOpenText aria-hidden="true" />
              Read the conversation
            </span>
          )}
          <time
            dateTime={new Date(closedAt ?? createdAt).toISOString()}
            title={`${open ? 'Opened' : 'Closed'} ${formatFull(closedAt ?? createdAt)}`}
          >
            {formatAgo(closedAt ?? createdAt, nowMs)}
          </time>
        </p>
        {room.configuration.instructions !== '' && open && (
          <p className="room-card-topic">{room.configuration.instructions}</p>
        )}
      </div>
      {open && (
        <IconButton
          label={`Copy the invite link of ${name}`}
          tip="Copy invite link"
          className="room-card-invite"
          onClick={() => copyInvite(id)}
          data-testid="copy-invite"
        >
          <Link2 />
        </IconButton>
      )}
    </li>
  );
}

/** How many people are in a room, in words. */
export function describePeople(count: number): string {
  if (count === 0) return 'Nobody here now';
  return count === 1 ? '1 person' : `${count} people`;
}
