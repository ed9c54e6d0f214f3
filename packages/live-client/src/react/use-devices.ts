import { useContext, useEffect, useState } from 'react';
import { type DeviceList, listDevices, onDevicesChanged } from '../devices/device-list.ts';
import type { RoomSnapshot } from '../room/room-snapshot.ts';
import { RoomContext } from './room-context.ts';
import { type SnapshotSource, useSlice } from './use-slice.ts';

const NONE: DeviceList = { microphones: [], cameras: [], speakers: [] };
const NO_CLIENT: SnapshotSource<RoomSnapshot | null> = { getSnapshot: () => null, subscribe: () => () => {} };

/**
 * Devices that can be chosen, kept up to date. Their names are there once the person has granted access; under a
 * `RoomProvider` they appear as soon as its client has started a device.
 */
export function useDevices(): DeviceList {
  const [devices, setDevices] = useState(NONE);
  const client: SnapshotSource<RoomSnapshot | null> = useContext(RoomContext) ?? NO_CLIENT;
  // The browser tells nothing when a permission brings the names, so a device that was started is a reason to look.
  const granted = useSlice(client, (snapshot) => `${snapshot?.microphone.status} ${snapshot?.camera.status}`);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  useEffect(() => {
    let active = true;
    const stop = onDevicesChanged(setDevices);
    listDevices().then(
      (list) => {
        if (active) setDevices(list);
      },
      () => {
        // A policy may forbid listing; there is nothing to choose from then.
      },
    );
    return () => {
      active = false;
      stop();
    };
  }, [granted]);
  return devices;
}
