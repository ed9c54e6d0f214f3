import type { LiveClientError } from '@colloquy/live-client';
import { useFloor, useRoomClient } from '@colloquy/live-client/react';
import type { Participant } from '@colloquy/live-protocol';
import {
  Crown,
  EllipsisVertical,
  Eye,
  Hand,
  MicOff,
  Speech,
  UserRoundX,
  VideoOff,
  Volume2,
  VolumeX,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { useIsHost } from './use-is-host.ts';
import '../ui/menu.css';

/** What can be done about one other person: to hear them or not for everybody, the rest for hosts. */
export function ParticipantMenu({ participant }: { participant: Participant }): ReactNode {
  const { participantId, name, media, role } = participant;
  const client = useRoomClient();
  const isHost = useIsHost();
  const floor = useFloor();
  const [removing, setRemoving] = useState(false);
  const [isSilent, setSilent] = useState(client.media(participantId).muted);
  const run = (what: string, doing: Promise<unknown>): void => {
    doing.catch((error: LiveClientError) => toast.error(what, { description: error.reason || error.message }));
  };
  const setRole = (wanted: 'host' | 'speaker' | 'viewer'): void =>
    run(`${name} is still a ${role}`, client.host.setRole(participantId, wanted));
  const hush = (): void => {
    client.media(participantId).muted = !isSilent;
    setSilent(!isSilent);
  };
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <IconButton
            label={`More about ${name}`}
            className="participant-more"
            tip={`More about ${name}`}
            data-testid="participant-menu"
          >
            <EllipsisVertical />
          </IconButton>
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Item className="menu-item" onSelect={hush}>
            {isSilent ? <Volume2 /> : <VolumeX />}
            {isSilent ? 'Hear them again' : 'Do not hear them here'}
          </DropdownMenu.Item>
          {isHost && (
            <>
              <DropdownMenu.Separator className="menu-separator" />
              <DropdownMenu.Label className="menu-label">For hosts</DropdownMenu.Label>
              {floor.policy === 'floor' && floor.holder !== participantId && (
                <DropdownMenu.Item
                  className="menu-item"
                  onSelect={() => client.grantFloor(participantId)}
                  data-testid="grant-floor"
                >
                  <Hand />
                  Give the floor
                </DropdownMenu.Item>
              )}
              {floor.policy === 'floor' && floor.holder === participantId && (
                <DropdownMenu.Item
                  className="menu-item"
                  onSelect={() => client.revokeFloor(participantId)}
                  data-testid="revoke-floor"
                >
                  <Hand />
                  Take the floor
                </DropdownMenu.Item>
              )}
              <DropdownMenu.Item
                className="menu-item"
                disabled={!media.microphone}
                onSelect={() => run('The microphone is still on', client.host.mute(participantId))}
                data-testid="mute"
              >
                <MicOff />
                Turn off their microphone
              </DropdownMenu.Item>
              <DropdownMenu.Item
                className="menu-item"
                disabled={!media.camera}
                onSelect={() => run('The camera is still on', client.host.mute(participantId, { source: 'camera' }))}
              >
                <VideoOff />
                Turn off their camera
              </DropdownMenu.Item>
              <DropdownMenu.Separator className="menu-separator" />
              {role !== 'host' && (
                <DropdownMenu.Item className="menu-item" onSelect={() => setRole('host')} data-testid="make-host">
                  <Crown />
                  Make them a host
                </DropdownMenu.Item>
              )}
              {role !== 'speaker' && (
                <DropdownMenu.Item className="menu-item" onSelect={() => setRole('speaker')} data-testid="make-speaker">
                  <Speech />
                  Let them speak
                </DropdownMenu.Item>
              )}
              {role !== 'viewer' && (
                <DropdownMenu.Item className="menu-item" onSelect={() => setRole('viewer')} data-testid="make-viewer">
                  <Eye />
                  Let them only listen
                </DropdownMenu.Item>
              )}
              <DropdownMenu.Separator className="menu-separator" />
              <DropdownMenu.Item
                className="menu-item menu-item-danger"
                onSelect={() => setRemoving(true)}
                data-testid="remove"
              >
                <UserRoundX />
                Remove from the room
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${name}?`}
        description="They are told, and cannot come back by the link."
        action="Remove"
        onConfirm={() => run(`${name} is still here`, client.host.remove(participantId))}
      />
    </>
  );
}
