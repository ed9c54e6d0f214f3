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
import { RoomFrame } from './room-frame.tsx';
import { RoomHeader } from './room-header.tsx';
import { type RoomTab, RoomTabs } from './room-tabs.tsx';
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
        <RoomFrame room={room}>
          <RoomHeader room={room} isNarrow={isNarrow} />
          <RoomBanners room={room} />
          <PinProvider>{isNarrow ? <NarrowBody room={room} /> : <WideBody room={room} />}</PinProvider>
          <ControlToolbar />
          <RoomToasts />
        </RoomFrame>
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
          <RoomTabs label="People, settings and activity" tabs={sideTabs({ room, people: null })} />
        </aside>
      </Tabs.Root>
    </div>
  );
}

function NarrowBody({ room }: { room: RoomInfo }): ReactNode {
  const people = usePeople().length;
  const { narrow, showNarrow } = useRoomViews();
  const tabs: readonly RoomTab[] = [
    {
      value: 'talk',
      label: 'Talk',
      icon: <MessageSquareText />,
      testId: 'tab-conversation',
      content: (
        <>
          <ModelStrip />
          <ChatPanel />
        </>
      ),
    },
    { value: 'board', label: 'Board', icon: <Waypoints />, testId: 'tab-board', content: <BoardPanel room={room} /> },
    ...sideTabs({ room, people }),
  ];
  return (
    <Tabs.Root className="room-tabs" value={narrow} onValueChange={(value) => showNarrow(value as NarrowView)} asChild>
      <main>
        <RoomTabs label="Parts of the room" tabs={tabs}>
          <Stage />
        </RoomTabs>
      </main>
    </Tabs.Root>
  );
}

/** What stands beside the conversation, or takes its turn where the screen is small; `people` counts them in the tab. */
function sideTabs({ room, people }: { room: RoomInfo; people: number | null }): readonly RoomTab[] {
  return [
    {
      value: 'people',
      label:
        people === null ? (
          'People'
        ) : (
          <span>
            People<span className="visually-hidden"> in this room: </span> {people}
          </span>
        ),
      icon: <Users />,
      testId: 'tab-people',
      content: <MediaSidebar />,
    },
    {
      value: 'settings',
      label: 'Settings',
      icon: <SlidersHorizontal />,
      testId: 'tab-settings',
      content: <ConfigSidebar room={room} />,
    },
    { value: 'activity', label: 'Activity', icon: <Activity />, testId: 'tab-activity', content: <ActivityPanel /> },
  ];
}
