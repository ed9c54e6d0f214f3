import { useFloor, useParticipants, useRoom, useRoomClient } from '@colloquy/live-client/react';
import { Hand, Radio } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { useIsHost } from './use-is-host.ts';

/** Who has the floor and who waits for it, in their order; hosts give and take it here. */
export function RaisedHands(): ReactNode {
  const client = useRoomClient();
  const floor = useFloor();
  const { self } = useRoom();
  const isHost = useIsHost();
  const people = useParticipants();
  if (floor.policy !== 'floor') return null;
  const nameOf = (id: string): string =>
    id === self?.participantId ? 'You' : (people.find(({ participantId }) => participantId === id)?.name ?? 'Somebody');
  return (
    <section className="hands" aria-label="The floor" data-testid="hands">
      <p className="hands-holder" data-testid="floor-holder" data-holder={floor.holder ?? ''}>
        <Radio aria-hidden="true" />
        {floor.holder === null
          ? 'Nobody speaks to the model'
          : `${nameOf(floor.holder)} ${floor.isMine ? 'speak' : 'speaks'} to the model`}
        {isHost && floor.holder !== null && !floor.isMine && (
          <Button size="sm" variant="ghost" onClick={() => client.revokeFloor()}>
            Take it
          </Button>
        )}
      </p>
      {floor.queue.length > 0 && (
        <ol>
          {floor.queue.map((id) => (
            <li key={id} data-testid="raised-hand">
              <Hand aria-hidden="true" />
              <span>{nameOf(id)}</span>
              {isHost && (
                <Button
                  size="sm"
                  aria-label={`Give the floor to ${nameOf(id)}`}
                  onClick={() => client.grantFloor(id)}
                  data-testid="grant"
                >
                  Give the floor
                </Button>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
