import { useRoomClient } from '@colloquy/live-client/react';
import { Volume1, Volume2, VolumeX } from 'lucide-react';
import { Popover, Slider, Toolbar } from 'radix-ui';
import { type ReactNode, useState } from 'react';

/** How loud everybody and the model are, here. */
export function VolumeControl({ disabled }: { disabled: boolean }): ReactNode {
  const client = useRoomClient();
  const [volume, setVolume] = useState(client.speaker.volume);
  const change = ([value = 1]: readonly number[]): void => {
    client.speaker.volume = value;
    setVolume(value);
  };
  const Icon = volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  return (
    <Popover.Root>
      <Toolbar.Button asChild disabled={disabled}>
        <Popover.Trigger
          className="control control-media control-plain control-volume"
          aria-label={`Volume, ${Math.round(volume * 100)} percent`}
          data-testid="volume"
        >
          <Icon aria-hidden="true" />
        </Popover.Trigger>
      </Toolbar.Button>
      <Popover.Portal>
        <Popover.Content className="menu volume" side="top" sideOffset={10} collisionPadding={8} aria-label="Volume">
          <Slider.Root className="slider" value={[volume]} min={0} max={1} step={0.05} onValueChange={change}>
            <Slider.Track className="slider-track">
              <Slider.Range className="slider-range" />
            </Slider.Track>
            <Slider.Thumb className="slider-thumb" aria-label="Volume" data-testid="volume-slider" />
          </Slider.Root>
          <span className="volume-value">{Math.round(volume * 100)} %</span>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
