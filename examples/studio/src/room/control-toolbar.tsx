import { useModelState, useRoom, useRoomClient } from '@colloquy/live-client/react';
import { CircleStop, LogOut } from 'lucide-react';
import { Toolbar } from 'radix-ui';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { forgetJoined } from '../precheck/joined-here.ts';
import { navigate } from '../router.tsx';
import { Tip } from '../ui/icon-button.tsx';
import { DeviceMenu } from './device-menu.tsx';
import { FloorControl } from './floor-control.tsx';
import { CameraControl, MicrophoneControl, ScreenControl } from './media-controls.tsx';
import { canInterrupt } from './model-status.ts';
import { VolumeControl } from './volume-control.tsx';
import './control-toolbar.css';

/** What you do in a room besides writing: speak, show, ask for the floor, stop the model, go. */
export function ControlToolbar(): ReactNode {
  const client = useRoomClient();
  const { connection, room } = useRoom();
  const isOver = connection.status === 'closed';
  const leave = (): void => {
    if (room) forgetJoined(room.id);
    client.leave().catch((error: Error) => toast.error(error.message));
    navigate('/');
  };
  return (
    <footer className="control-bar">
      <Toolbar.Root className="control-toolbar" aria-label="Controls" data-testid="controls">
        <InterruptControl />
        <div className="control-group">
          <MicrophoneControl disabled={isOver} />
          <CameraControl disabled={isOver} />
          <ScreenControl disabled={isOver} />
          <FloorControl disabled={isOver} />
          <VolumeControl disabled={isOver} />
          <DeviceMenu disabled={isOver} />
        </div>
        <Toolbar.Button className="control control-leave" aria-label="Leave" onClick={leave} data-testid="leave">
          <LogOut aria-hidden="true" />
          Leave
        </Toolbar.Button>
      </Toolbar.Root>
    </footer>
  );
}

function InterruptControl(): ReactNode {
  const client = useRoomClient();
  const { connection } = useRoom();
  const { status } = useModelState();
  const possible = connection.status === 'open' && canInterrupt(status);
  return (
    <Tip text={possible ? 'Stop the answer for everybody' : 'The model is not answering now'}>
      <Toolbar.Button
        className="control control-interrupt"
        aria-label="Interrupt"
        aria-disabled={!possible}
        onClick={() => possible && client.interrupt()}
        data-testid="interrupt"
      >
        <CircleStop aria-hidden="true" />
        <span aria-hidden="true">Interrupt</span>
      </Toolbar.Button>
    </Tip>
  );
}
