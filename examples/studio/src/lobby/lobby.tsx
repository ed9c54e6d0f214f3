import { Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useSession } from '../session/session.ts';
import { BrandLink } from '../ui/brand.tsx';
import { Button } from '../ui/button.tsx';
import { ModelNote } from '../ui/model-note.tsx';
import { useHeading } from '../ui/notice-page.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import { CreateRoomDialog } from './create-room-dialog.tsx';
import { GuestMenu } from './guest-menu.tsx';
import { RoomList } from './room-list.tsx';
import { useRooms } from './use-rooms.ts';
import './lobby.css';

/** Where people find a room, or open one. */
export function Lobby(): ReactNode {
  const { studio } = useSession();
  const open = useRooms('open');
  const past = useRooms('closed');
  const [creating, setCreating] = useState(false);
  const heading = useHeading('Rooms');
  const nothingOpen = open.rooms?.length === 0;
  return (
    <div className="lobby" data-testid="lobby">
      <header className="page-header">
        <BrandLink />
        <div className="page-header-tools">
          <ThemeSwitch />
          <GuestMenu />
        </div>
      </header>
      <main className="lobby-main">
        <div className="lobby-title">
          <div>
            <h1 ref={heading} tabIndex={-1}>
              Rooms
            </h1>
            <p>Join a conversation, or start one and invite others.</p>
          </div>
          {!nothingOpen && (
            <Button
              variant="primary"
              size="lg"
              icon={<Plus />}
              onClick={() => setCreating(true)}
              data-testid="create-room"
            >
              New room
            </Button>
          )}
        </div>
        <RoomList kind="open" list={open} onCreate={() => setCreating(true)} />
        {past.rooms !== null && past.rooms.length > 0 && (
          <section className="lobby-past" aria-labelledby="past-rooms">
            <h2 id="past-rooms">Past rooms</h2>
            <RoomList kind="closed" list={past} />
          </section>
        )}
      </main>
      <footer className="lobby-footer">
        <ModelNote studio={studio} />
      </footer>
      <CreateRoomDialog open={creating} onOpenChange={setCreating} />
    </div>
  );
}
