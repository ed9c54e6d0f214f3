import { useRoom } from '@colloquy/live-client/react';
import { Link2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { copyInvite } from '../ui/copy-invite.ts';
import { ModelTile } from './model-tile.tsx';
import { ParticipantTile } from './participant-tile.tsx';
import { RaisedHands } from './raised-hands.tsx';
import { usePeople } from './use-people.ts';
import './media-sidebar.css';

/** Everybody who takes part: the model, and people with their voices and pictures. */
export function MediaSidebar(): ReactNode {
  const { self, room, connection } = useRoom();
  const people = usePeople();
  // You first: that is where people look for themselves.
  const ordered = [...people].sort((a, b) => Number(isSelf(b)) - Number(isSelf(a)));
  function isSelf({ participantId }: { participantId: string }): boolean {
    return participantId === self?.participantId;
  }
  return (
    <section className="media-sidebar" aria-label="Who is here" data-live={connection.status === 'open'}>
      <ModelTile />
      <RaisedHands />
      <h2 className="media-sidebar-title">
        People <span data-testid="people-count">{people.length}</span>
      </h2>
      <ul className="participants" data-testid="participants">
        {ordered.map((participant) => (
          <ParticipantTile key={participant.participantId} participant={participant} isSelf={isSelf(participant)} />
        ))}
      </ul>
      {people.length === 1 && room !== null && connection.status === 'open' && (
        <div className="alone" data-testid="alone">
          <p>Nobody else is here yet.</p>
          <Button size="sm" icon={<Link2 />} onClick={() => copyInvite(room.id)}>
            Copy invite link
          </Button>
        </div>
      )}
    </section>
  );
}
