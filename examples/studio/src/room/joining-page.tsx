import type { RoomSnapshot } from '@colloquy/live-client';
import type { ReactNode } from 'react';
import { ButtonLink } from '../ui/button.tsx';
import { useHeading } from '../ui/notice-page.tsx';
import { describeConnection } from './connection-notice.ts';
import { Orb } from './orb.tsx';
import { useCountdownNow } from './use-countdown.ts';
import './joining-page.css';

/** The moment between the door and the room. */
export function JoiningPage({ connection }: { connection: RoomSnapshot['connection'] | null }): ReactNode {
  const heading = useHeading('Joining');
  const now = useCountdownNow(connection?.retryAtMs ?? null);
  const hasTrouble = connection !== null && connection.error !== null;
  const trouble = hasTrouble ? describeConnection({ ...connection, status: 'reconnecting' }, now) : null;
  return (
    <main className="joining" data-testid="joining">
      <Orb status="connecting" />
      <h1 ref={heading} tabIndex={-1}>
        Joining the room…
      </h1>
      <p role="status">
        {trouble === null ? '' : trouble.text.replace('Connection lost. ', 'The server does not answer. ')}
      </p>
      <ButtonLink href="/" variant="ghost">
        Cancel
      </ButtonLink>
    </main>
  );
}
