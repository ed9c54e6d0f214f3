import type { DeviceInfo } from '@colloquy/live-client';
import { useDevices, useMedia, useRoomClient } from '@colloquy/live-client/react';
import { useState } from 'react';
import { toast } from 'sonner';

/** The devices of one kind, which is used, and how to use another. */
export interface DeviceChoice {
  readonly devices: readonly DeviceInfo[];
  readonly deviceId: string;
  readonly choose: (deviceId: string) => void;
}

/** Which microphone, camera and loudspeaker are used; a choice takes effect at once where the device is on. */
export function useDeviceChoice(): Readonly<Record<'microphone' | 'camera' | 'speaker', DeviceChoice>> {
  const client = useRoomClient();
  const { microphones, cameras, speakers } = useDevices();
  const { microphone, camera } = useMedia();
  const [chosen, setChosen] = useState({ camera: '', speaker: '' });
  return {
    microphone: {
      devices: microphones,
      deviceId: microphone.deviceId ?? '',
      choose: (deviceId) => report(client.microphone.start({ deviceId })),
    },
    camera: {
      devices: cameras,
      deviceId: chosen.camera,
      choose: (deviceId) => {
        setChosen((old) => ({ ...old, camera: deviceId }));
        if (camera.status === 'on') client.camera.stop();
        report(client.camera.start({ deviceId }));
      },
    },
    speaker: {
      devices: speakers,
      deviceId: chosen.speaker,
      choose: (deviceId) => {
        setChosen((old) => ({ ...old, speaker: deviceId }));
        report(client.speaker.setOutputDevice(deviceId));
      },
    },
  };
}

function report(switching: Promise<void>): void {
  switching.catch((error: Error) => toast.error('The device cannot be used', { description: error.message }));
}
