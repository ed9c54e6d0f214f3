import { useRoom } from '@colloquy/live-client/react';
import type { RoomInfo } from '@colloquy/live-protocol';
import { Activity, MessageSquareText, SlidersHorizontal, Users, Waypoints } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { type ReactNode, useEffect } from 'react';
import { ActivityPanel } from '../activity/activity-panel.tsx';
import { BoardPanel } from '../board/board-panel.tsx';
import { BoardProvider } from '../board/board-provider.tsx';
import { ConfigSidebar } from '../config/config-sidebar.tsx';
import { ChatPanel } from './chat-panel.tsx';
import { ControlToolbar } from './control-toolbar.tsx';
import { MediaSidebar } from './media-sidebar.tsx';
import { ModelStrip } from './model-tile.tsx';
import { PinProvider } from './pin-provider.tsx';
import { RoomBanners } from './room-banners.tsx';
import { RoomHeader } from './room-header.tsx';
import { RoomToasts } from './room-toasts.tsx';
import { Stage } from './stage.tsx';
import { useIsNarrow } from './use-is-narrow.ts';
import { usePeople } from './use-people.ts';
import { useRoomViewsState } from './use-room-views.ts';
import { type NarrowView, RoomViewsContext, type SideView, useRoomViews } from './view.ts';
import './room.css';

/** Inside a room: conversation, board and people side by side, or one at a time where the screen is small. */
export function RoomView({ room }: { room: RoomInfo }): ReactNode {
  const isNarrow = useIsNarrow();
  const views = useRoomViewsState();
  useEffect(() => {
    document.title = `${room.name} · Knowledge Synthesizer Studio`;
  }, [room.name]);
  return (
    <RoomViewsContext value={views}>
      <BoardProvider>
        <div className="room" data-testid="room" data-room-id={room.id}>
          <RoomHeader room={room} isNarrow={isNarrow} />
          <RoomBanners room={room} />
          <PinProvider>{isNarrow ? <NarrowBody room={room} /> : <WideBody room={room} />}</PinProvider>
          <ControlToolbar />
          <RoomToasts />
        </div>
      </BoardProvider>
    </RoomViewsContext>
  );
}

function WideBody({ room }: { room: RoomInfo }): ReactNode {
  const { main, side, showSide } = useRoomViews();
  const { connection } = useRoom();
  return (
    <div className="room-body">
      <main className="room-main" data-view={main}>
        <Stage />
        <div className="room-split">
          {main !== 'board' && <ChatPanel />}
          {main !== 'talk' && <BoardPanel room={room} />}
        </div>
      </main>
      <Tabs.Root
        className="room-side"
        value={side}
        onValueChange={(value) => showSide(value as SideView)}
        asChild
        data-live={connection.status === 'open'}
      >
        <aside aria-label="Beside the conversation">
          <Tabs.List className="room-tab-list" aria-label="People, settings and activity">
            <SideTab value="people" icon={<Users />} testId="tab-people">
              People
            </SideTab>
            <SideTab value="settings" icon={<SlidersHorizontal />} testId="tab-settings">
              Settings
            </SideTab>
            <SideTab value="activity" icon={<Activity />} testId="tab-activity">
              Activity
            </SideTab>
          </Tabs.List>
          <Tabs.Content value="people" className="room-side-content" tabIndex={-1}>
            <MediaSidebar />
          </Tabs.Content>
          <Tabs.Content value="settings" className="room-side-content" tabIndex={-1}>
            <ConfigSidebar room={room} />
          </Tabs.Content>
          <Tabs.Content value="activity" className="room-side-content" tabIndex={-1}>
            <ActivityPanel />
          </Tabs.Content>
        </aside>
      </Tabs.Root>
    </div>
  );
}

interface SideTabProps {
  readonly value: string;
  readonly icon: ReactNode;
  readonly testId: string;
  readonly children: ReactNode;
}

function SideTab({ value, icon, testId, children }: SideTabProps): ReactNode {
  return (
    <Tabs.Trigger value={value} className="room-tab" data-testid={testId}>
      <span aria-hidden="true">{icon}</span>
      {children}
    </Tabs.Trigger>
  );
}

function NarrowBody({ room }: { room: RoomInfo }): ReactNode {
  const people = usePeople().length;
  const { narrow, showNarrow } = useRoomViews();
  return (
    <Tabs.Root className="room-tabs" value={narrow} onValueChange={(value) => showNarrow(value as NarrowView)} asChild>
      <main>
        <Tabs.List className="room-tab-list" aria-label="Parts of the room">
          <SideTab value="talk" icon={<MessageSquareText />} testId="tab-conversation">
            Talk
          </SideTab>
          <SideTab value="board" icon={<Waypoints />} testId="tab-board">
            Board
          </SideTab>
          <SideTab value="people" icon={<Users />} testId="tab-people">
            <span>
              People<span className="visually-hidden"> in this room: </span> {people}
            </span>
          </SideTab>
          <SideTab value="settings" icon={<SlidersHorizontal />} testId="tab-settings">
            Settings
          </SideTab>
          <SideTab value="activity" icon={<Activity />} testId="tab-activity">
            Activity
          </SideTab>
        </Tabs.List>
        <Stage />
        <Tabs.Content value="talk" className="room-tab-content" tabIndex={-1}>
          <ModelStrip />
          <ChatPanel />
        </Tabs.Content>
        <Tabs.Content value="board" className="room-tab-content" tabIndex={-1}>
          <BoardPanel room={room} />
        </Tabs.Content>
        <Tabs.Content value="people" className="room-tab-content" tabIndex={-1}>
          <MediaSidebar />
        </Tabs.Content>
        <Tabs.Content value="settings" className="room-tab-content is-scrolling" tabIndex={-1}>
          <ConfigSidebar room={room} />
        </Tabs.Content>
        <Tabs.Content value="activity" className="room-tab-content is-scrolling" tabIndex={-1}>
          <ActivityPanel />
        </Tabs.Content>
      </main>
    </Tabs.Root>
  );
}
