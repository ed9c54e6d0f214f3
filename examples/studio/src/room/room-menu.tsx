import type { LiveClientError } from '@colloquy/live-client';
import { useRecording, useRoom, useRoomClient } from '@colloquy/live-client/react';
import type { RoomInfo } from '@colloquy/live-protocol';
import {
  Braces,
  Captions,
  CircleDot,
  CircleStop,
  DoorClosed,
  Ellipsis,
  FileText,
  History,
  Hourglass,
  Link2,
  Lock,
  LockOpen,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import { exportPath } from '../api/rooms.ts';
import { historyPath } from '../router.tsx';
import { useSession } from '../session/session.ts';
import { copyInvite } from '../ui/copy-invite.ts';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { useIsHost } from './use-is-host.ts';
import '../ui/menu.css';

/** Everything about the room as a whole; what only hosts may do is only there for hosts. */
export function RoomMenu({ room, isOver }: { room: RoomInfo; isOver: boolean }): ReactNode {
  const client = useRoomClient();
  const { session, studio } = useSession();
  const { connection } = useRoom();
  const recording = useRecording();
  const isHost = useIsHost();
  const [asking, setAsking] = useState<'close' | 'record' | null>(null);
  const hosts = isHost && !isOver && connection.status === 'open';
  const run = (what: string, doing: Promise<unknown>): void => {
    doing.catch((error: LiveClientError) => toast.error(what, { description: error.reason || error.message }));
  };
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <IconButton label="More about this room" tipSide="bottom" data-testid="room-menu">
            <Ellipsis />
          </IconButton>
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          {!isOver && (
            <DropdownMenu.Item className="menu-item" onSelect={() => copyInvite(room.id)}>
              <Link2 />
              Copy invite link
            </DropdownMenu.Item>
          )}
          <DropdownMenu.Item className="menu-item" asChild>
            <a href={historyPath(room.id)} target="_blank" rel="noreferrer" data-testid="open-history">
              <History />
              Read the whole conversation
            </a>
          </DropdownMenu.Item>
          <DropdownMenu.Separator className="menu-separator" />
          <DropdownMenu.Label className="menu-label">Export</DropdownMenu.Label>
          <ExportItem roomId={room.id} format="markdown" icon={<FileText />} label="Minutes (Markdown)" />
          <ExportItem roomId={room.id} format="json" icon={<Braces />} label="Everything (JSON)" />
          <ExportItem roomId={room.id} format="webvtt" icon={<Captions />} label="Captions (WebVTT)" />
          {hosts && (
            <>
              <DropdownMenu.Separator className="menu-separator" />
              <DropdownMenu.Label className="menu-label">For hosts</DropdownMenu.Label>
              {studio.recording && (
                <DropdownMenu.Item
                  className="menu-item"
                  onSelect={() => {
                    if (recording.active) run('It is still being recorded', client.host.record(false));
                    else setAsking('record');
                  }}
                  data-testid="record"
                >
                  {recording.active ? <CircleStop /> : <CircleDot />}
                  {recording.active ? 'Stop recording' : 'Record everybody…'}
                </DropdownMenu.Item>
              )}
              <DropdownMenu.Item
                className="menu-item"
                onSelect={() => run('The door did not move', room.locked ? client.host.unlock() : client.host.lock())}
                data-testid="lock-room"
              >
                {room.locked ? <LockOpen /> : <Lock />}
                {room.locked ? 'Unlock the room' : 'Lock the room'}
              </DropdownMenu.Item>
              <DropdownMenu.Item
                className="menu-item"
                onSelect={() => run('The door did not move', client.host.setWaitingRoom(!room.waitingRoom))}
                data-testid="waiting-room"
              >
                <Hourglass />
                {room.waitingRoom ? 'Let everybody in without asking' : 'Ask me before letting people in'}
              </DropdownMenu.Item>
              <DropdownMenu.Item
                className="menu-item menu-item-danger"
                onSelect={() => setAsking('close')}
                data-testid="close-room"
              >
                <DoorClosed />
                Close the room for everybody
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      <ConfirmDialog
        open={asking === 'close'}
        onOpenChange={(open) => !open && setAsking(null)}
        title="Close this room?"
        description="Everybody is sent out, and nobody can talk here again. The conversation and the board stay readable."
        action="Close room"
        onConfirm={() =>
          run('The room is still open', client.host.close({ reason: `${session.name} ended the conversation.` }))
        }
      />
      <ConfirmDialog
        open={asking === 'record'}
        onOpenChange={(open) => !open && setAsking(null)}
        title="Record everybody?"
        description="Everybody in the room is told, and sees it as long as it goes on. Whoever stays agrees to it. Hosts find the recording in the history."
        action="Start recording"
        onConfirm={() => run('Nothing is recorded', client.host.record(true))}
      />
    </>
  );
}

interface ExportItemProps {
  readonly roomId: string;
  readonly format: 'markdown' | 'json' | 'webvtt';
  readonly icon: ReactNode;
  readonly label: string;
}

function ExportItem({ roomId, format, icon, label }: ExportItemProps): ReactNode {
  return (
    <DropdownMenu.Item className="menu-item" asChild>
      <a href={exportPath(roomId, format)} download data-testid={`export-${format}`}>
        {icon}
        {label}
      </a>
    </DropdownMenu.Item>
  );
}
