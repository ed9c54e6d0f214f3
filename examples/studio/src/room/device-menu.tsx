import { Check, Settings2 } from 'lucide-react';
import { DropdownMenu, Toolbar } from 'radix-ui';
import type { ReactNode } from 'react';
import { type DeviceChoice, useDeviceChoice } from './device-choice.ts';
import '../ui/menu.css';

/** Chooses microphone, camera and loudspeaker. */
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
  const { microphone, camera, speaker } = useDeviceChoice();
  return (
    <>
      <DeviceGroup label="Microphone" choice={microphone} />
      <DeviceGroup label="Camera" choice={camera} />
      <DeviceGroup label="Loudspeaker" choice={speaker} />
    </>
  );
}

function DeviceGroup({ label, choice }: { label: string; choice: DeviceChoice }): ReactNode {
  const { devices, deviceId, choose } = choice;
  return (
    <DropdownMenu.Group>
      <DropdownMenu.Label className="menu-label">{label}</DropdownMenu.Label>
      {devices.length === 0 && (
        <DropdownMenu.Item className="menu-item" disabled>
          None found
        </DropdownMenu.Item>
      )}
      {/* Browsers list first what they take where nothing was chosen. */}
      <DropdownMenu.RadioGroup value={deviceId || (devices[0]?.deviceId ?? '')} onValueChange={choose}>
        {devices.map(({ deviceId: id, label: name }, index) => (
          <DropdownMenu.RadioItem key={id || `${label} ${index}`} value={id} className="menu-item">
            {name}
            <DropdownMenu.ItemIndicator className="menu-check">
              <Check />
            </DropdownMenu.ItemIndicator>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </DropdownMenu.Group>
  );
}
