import { useParticipants, useRoom } from '@colloquy/live-client/react';
import type { RoomInfo } from '@colloquy/live-protocol';
import { DoorClosed, Ellipsis, Link2, UserRoundPlus } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import { closeRoom } from '../api/rooms.ts';
import { Link } from '../router.tsx';
import { useSession } from '../session/session.ts';
import { BrandMark } from '../ui/brand.tsx';
import { Button } from '../ui/button.tsx';
import { copyInvite } from '../ui/copy-invite.ts';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { IconButton, Tip } from '../ui/icon-button.tsx';
import { useHeading } from '../ui/notice-page.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import '../ui/menu.css';

/** Where you are, who else can come, and for the host the end of it. */
export function RoomHeader({ room }: { room: RoomInfo }): ReactNode {
  const { session } = useSession();
  const { self, connection } = useRoom();
  const participants = useParticipants();
  const [closing, setClosing] = useState(false);
  const heading = useHeading(room.name);
  const isHost = participants.some(
    ({ participantId, role }) => participantId === self?.participantId && role === 'host',
  );
  const isOver = room.status === 'closed' || connection.status === 'closed';
  const close = (): void => {
    closeRoom(room.id, `${session.name} ended the conversation.`).catch((error: Error) =>
      toast.error('The room is still open', { description: error.message }),
    );
  };
  return (
    <header className="room-header">
      <Tip text="All rooms" side="bottom">
        <Link href="/" className="room-home" aria-label="All rooms" data-testid="brand">
          <BrandMark size={30} />
        </Link>
      </Tip>
      <h1 ref={heading} tabIndex={-1} className="room-name" data-testid="room-name">
        {room.name}
      </h1>
      <div className="room-header-tools">
        {!isOver && (
          <Button
            size="sm"
            icon={<UserRoundPlus />}
            className="room-invite"
            onClick={() => copyInvite(room.id)}
            data-testid="copy-invite"
          >
            Invite
          </Button>
        )}
        <ThemeSwitch />
        {isHost && !isOver && (
          <DropdownMenu.Root modal={false}>
            <DropdownMenu.Trigger asChild>
              <IconButton label="More about this room" tipSide="bottom" data-testid="room-menu">
                <Ellipsis />
              </IconButton>
            </DropdownMenu.Trigger>
            <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
              <DropdownMenu.Item className="menu-item" onSelect={() => copyInvite(room.id)}>
                <Link2 />
                Copy invite link
              </DropdownMenu.Item>
              <DropdownMenu.Separator className="menu-separator" />
              <DropdownMenu.Item
                className="menu-item menu-item-danger"
                onSelect={() => setClosing(true)}
                data-testid="close-room"
              >
                <DoorClosed />
                Close the room for everybody
              </DropdownMenu.Item>
            </DropdownMenu.Content>
          </DropdownMenu.Root>
        )}
      </div>
      <ConfirmDialog
        open={closing}
        onOpenChange={setClosing}
        title="Close this room?"
        description="Everybody is sent out, and nobody can talk here again. The conversation stays readable."
        action="Close room"
        onConfirm={close}
      />
    </header>
  );
}
