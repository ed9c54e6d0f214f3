import type { LiveClientError } from '@colloquy/live-client';
import { useRoomClient, useWaitingRoom } from '@colloquy/live-client/react';
import { Hourglass } from 'lucide-react';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { Button } from '../ui/button.tsx';
import { useIsHost } from './use-is-host.ts';

/** Who waits before the door; for hosts, who let them in. */
export function WaitingPeople(): ReactNode {
  const client = useRoomClient();
  const { waiting } = useWaitingRoom();
  if (!useIsHost()) return null;
  const run = (doing: Promise<void>): void => {
    doing.catch((error: LiveClientError) =>
      toast.error('The door did not move', { description: error.reason || error.message }),
    );
  };
  return waiting.map(({ participantId, name }) => (
    <div key={participantId} className="banner" data-tone="calm" data-testid="waiting-person" data-name={name}>
      <Hourglass aria-hidden="true" />
      <p role="status">
        <strong>{name}</strong> asks to come in.
      </p>
      <Button
        size="sm"
        aria-label={`Refuse ${name}`}
        onClick={() => run(client.host.refuse(participantId, 'The host did not let you in.'))}
        data-testid="refuse"
      >
        Refuse
      </Button>
      <Button
        size="sm"
        variant="primary"
        aria-label={`Let in ${name}`}
        onClick={() => run(client.host.admit(participantId))}
        data-testid="admit"
      >
        Let in
      </Button>
    </div>
  ));
}
