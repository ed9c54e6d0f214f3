import { useRecording, useRoom } from '@colloquy/live-client/react';
import type { RoomInfo } from '@colloquy/live-protocol';
import { Columns2, LockKeyhole, MessageSquareText, Search, UserRoundPlus, Waypoints } from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Link } from '../router.tsx';
import { SearchDialog } from '../search/search-dialog.tsx';
import { BrandMark } from '../ui/brand.tsx';
import { Button } from '../ui/button.tsx';
import { copyInvite } from '../ui/copy-invite.ts';
import { IconButton, Tip } from '../ui/icon-button.tsx';
import { useHeading } from '../ui/notice-page.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import { RoomMenu } from './room-menu.tsx';
import { type MainView, useRoomViews } from './view.ts';
import '../ui/segments.css';
import './room-header.css';

/** Where you are, what is shown of it, who else can come, and everything about the room as a whole. */
export function RoomHeader({ room, isNarrow }: { room: RoomInfo; isNarrow: boolean }): ReactNode {
  const { connection } = useRoom();
  const recording = useRecording();
  const [searching, setSearching] = useState(false);
  const heading = useHeading(room.name);
  const isOver = room.status === 'closed' || connection.status === 'closed';
  return (
    <header className="room-header">
      <Tip text="All rooms" side="bottom">
        <Link href="/" className="room-home" aria-label="All rooms" data-testid="brand">
          <BrandMark size={30} />
        </Link>
      </Tip>
      <div className="room-title">
        <h1 ref={heading} tabIndex={-1} className="room-name" data-testid="room-name">
          {room.name}
        </h1>
        {room.locked && <LockKeyhole className="room-flag" role="img" aria-label="Locked" data-testid="room-locked" />}
        {recording.active && connection.status === 'open' && (
          <span className="room-recording" data-testid="recording-flag">
            <span aria-hidden="true" />
            Recording
          </span>
        )}
      </div>
      {!isNarrow && <ViewSwitch />}
      <div className="room-header-tools">
        {!isOver && (
          <Button
            size="sm"
            icon={<UserRoundPlus />}
            className="room-invite"
            aria-label="Invite"
            onClick={() => copyInvite(room.id)}
            data-testid="copy-invite"
          >
            Invite
          </Button>
        )}
        <IconButton label="Search" tipSide="bottom" onClick={() => setSearching(true)} data-testid="search-open">
          <Search />
        </IconButton>
        <ThemeSwitch />
        <RoomMenu room={room} isOver={isOver} />
      </div>
      <SearchDialog open={searching} onOpenChange={setSearching} />
    </header>
  );
}

const VIEWS: readonly { readonly view: MainView; readonly label: string; readonly icon: ReactNode }[] = [
  { view: 'talk', label: 'Conversation', icon: <MessageSquareText /> },
  { view: 'both', label: 'Both', icon: <Columns2 /> },
  { view: 'board', label: 'Board', icon: <Waypoints /> },
];

function ViewSwitch(): ReactNode {
  const { main, showMain } = useRoomViews();
  return (
    <ToggleGroup.Root
      type="single"
      className="segments"
      aria-label="What to show"
      value={main}
      onValueChange={(view) => view && showMain(view as MainView)}
    >
      {VIEWS.map(({ view, label, icon }) => (
        <ToggleGroup.Item key={view} value={view} className="segment" data-testid={`view-${view}`}>
          <span aria-hidden="true">{icon}</span>
          {label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
