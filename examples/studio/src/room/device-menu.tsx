import type { DeviceInfo } from '@colloquy/live-client';
import { useDevices, useMedia, useRoomClient } from '@colloquy/live-client/react';
import { Settings2 } from 'lucide-react';
import { DropdownMenu, Toolbar } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import '../ui/menu.css';

/** Chooses microphone, camera and loudspeaker; takes effect at once where the device is in use. */
export function DeviceMenu({ disabled }: { disabled: boolean }): ReactNode {
  return (
    <DropdownMenu.Root modal={false}>
      <Toolbar.Button asChild disabled={disabled}>
        <DropdownMenu.Trigger
          className="control control-media control-plain"
          aria-label="Choose devices"
          data-testid="devices"
        >
          <Settings2 />
        </DropdownMenu.Trigger>
      </Toolbar.Button>
      <DropdownMenu.Content className="menu" side="top" sideOffset={10} collisionPadding={8}>
        <DeviceGroups />
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function DeviceGroups(): ReactNode {
  const client = useRoomClient();
  const { microphones, cameras, speakers } = useDevices();
  const { microphone, camera } = useMedia();
  const [chosen, setChosen] = useState<{ camera: string; speaker: string }>({ camera: '', speaker: '' });

  const useMicrophone = (deviceId: string): void => report(client.microphone.start({ deviceId }));
  const useCamera = (deviceId: string): void => {
    setChosen((old) => ({ ...old, camera: deviceId }));
    if (camera.status === 'on') client.camera.stop();
    report(client.camera.start({ deviceId }));
  };
  const useSpeaker = (deviceId: string): void => {
    setChosen((old) => ({ ...old, speaker: deviceId }));
    report(client.speaker.setOutputDevice(deviceId));
  };
  return (
    <>
      <DeviceGroup
        label="Microphone"
        devices={microphones}
        value={microphone.deviceId ?? ''}
        onChoose={useMicrophone}
      />
      <DeviceGroup label="Camera" devices={cameras} value={chosen.camera} onChoose={useCamera} />
      <DeviceGroup label="Loudspeaker" devices={speakers} value={chosen.speaker} onChoose={useSpeaker} />
    </>
  );
}

interface DeviceGroupProps {
  readonly label: string;
  readonly devices: readonly DeviceInfo[];
  readonly value: string;
  readonly onChoose: (deviceId: string) => void;
}

function DeviceGroup({ label, devices, value, onChoose }: DeviceGroupProps): ReactNode {
  return (
    <DropdownMenu.Group>
      <DropdownMenu.Label className="menu-label">{label}</DropdownMenu.Label>
      {devices.length === 0 && (
        <DropdownMenu.Item className="menu-item" disabled>
          None found
        </DropdownMenu.Item>
      )}
      <DropdownMenu.RadioGroup value={value} onValueChange={onChoose}>
        {devices.map(({ deviceId, label: name }, index) => (
          <DropdownMenu.RadioItem key={deviceId || `${label} ${index}`} value={deviceId} className="menu-item">
            {name}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </DropdownMenu.Group>
  );
}

function report(switching: Promise<void>): void {
  switching.catch((error: Error) => toast.error('The device cannot be used', { description: error.message }));
}
