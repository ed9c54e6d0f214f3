import type { RoomInfo } from '@colloquy/live-protocol';
import { MessageSquareText, Users } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { type ReactNode, useEffect } from 'react';
import { ChatPanel } from './chat-panel.tsx';
import { ControlToolbar } from './control-toolbar.tsx';
import { MediaSidebar } from './media-sidebar.tsx';
import { ModelStrip } from './model-tile.tsx';
import { PinProvider } from './pin-provider.tsx';
import { RoomBanners } from './room-banners.tsx';
import { RoomHeader } from './room-header.tsx';
import { Stage } from './stage.tsx';
import { useIsNarrow } from './use-is-narrow.ts';
import { usePeople } from './use-people.ts';
import './room.css';

/** Inside a room: conversation and people side by side, or one at a time where the screen is small. */
export function RoomView({ room }: { room: RoomInfo }): ReactNode {
  const isNarrow = useIsNarrow();
  useEffect(() => {
    document.title = `${room.name} · Knowledge Synthesizer Studio`;
  }, [room.name]);
  return (
    <div className="room" data-testid="room" data-room-id={room.id}>
      <RoomHeader room={room} />
      <RoomBanners room={room} />
      <PinProvider>{isNarrow ? <NarrowBody /> : <WideBody />}</PinProvider>
      <ControlToolbar />
    </div>
  );
}

function WideBody(): ReactNode {
  return (
    <div className="room-body">
      <main className="room-main">
        <Stage />
        <ChatPanel />
      </main>
      <MediaSidebar />
    </div>
  );
}

function NarrowBody(): ReactNode {
  const people = usePeople().length;
  return (
    <Tabs.Root className="room-tabs" defaultValue="conversation" asChild>
      <main>
        <Tabs.List className="room-tab-list" aria-label="Parts of the room">
          <Tabs.Trigger value="conversation" className="room-tab" data-testid="tab-conversation">
            <MessageSquareText aria-hidden="true" />
            Conversation
          </Tabs.Trigger>
          <Tabs.Trigger value="people" className="room-tab" data-testid="tab-people">
            <Users aria-hidden="true" />
            People · {people}
          </Tabs.Trigger>
        </Tabs.List>
        <Stage />
        <Tabs.Content value="conversation" className="room-tab-content" tabIndex={-1}>
          <ModelStrip />
          <ChatPanel />
        </Tabs.Content>
        <Tabs.Content value="people" className="room-tab-content" tabIndex={-1}>
          <MediaSidebar />
        </Tabs.Content>
      </main>
    </Tabs.Root>
  );
}
