import type { RoomInfo } from '@colloquy/live-protocol';
import type { ReactNode } from 'react';
import { ConfigurationDraftProvider } from '../config/configuration-draft-provider.tsx';
import { MessageDraftProvider } from './message-draft.tsx';
import { TimelineAnnouncer } from './timeline-announcer.tsx';

/**
 * What stays while the parts of a room come and go: the announcements of the conversation, and whatever was written and
 * not sent or applied yet.
 */
export function RoomFrame({ room, children }: { room: RoomInfo; children: ReactNode }): ReactNode {
  return (
    <ConfigurationDraftProvider key={room.id} room={room}>
      <MessageDraftProvider>
        <div className="room" data-testid="room" data-room-id={room.id}>
          {children}
          <TimelineAnnouncer />
        </div>
      </MessageDraftProvider>
    </ConfigurationDraftProvider>
  );
}
