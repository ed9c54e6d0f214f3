import { findMediaDevices, type MediaDevicesPort } from './media-devices.ts';

/** One device that can be chosen. */
export interface DeviceInfo {
  /** Empty before the page has permission; else what `start` and `setOutputDevice` take. */
  readonly deviceId: string;
  /** The device's name, or a numbered one as long as the browser tells none. */
  readonly label: string;
  /** Devices of one piece of hardware share it. */
  readonly groupId: string;
}

/** Every device, by what it is for. */
export interface DeviceList {
  readonly microphones: readonly DeviceInfo[];
  readonly cameras: readonly DeviceInfo[];
  readonly speakers: readonly DeviceInfo[];
}

/** Options of {@link listDevices} and {@link onDevicesChanged}. */
export interface DeviceListOptions {
  /** @defaultValue `navigator.mediaDevices` */
  readonly mediaDevices?: MediaDevicesPort;
}

/**
 * The devices of this machine. Names and ids are there once the page has permission for a device of the kind; before,
 * there is one nameless device of each kind that exists. Empty where there are no media devices, as on a server.
 */
export async function listDevices({ mediaDevices }: DeviceListOptions = {}): Promise<DeviceList> {
  const devices = (await findMediaDevices(mediaDevices)?.enumerateDevices()) ?? [];
  return {
    microphones: ofKind(devices, 'audioinput', 'Microphone'),
    cameras: ofKind(devices, 'videoinput', 'Camera'),
    speakers: ofKind(devices, 'audiooutput', 'Speaker'),
  };
}

/**
 * Calls `listener` with the new list whenever a device comes or goes, until the returned function is called.
 *
 * The browser tells nothing when a permission brings the names: list the devices again after a start.
 */
export function onDevicesChanged(listener: (devices: DeviceList) => void, options: DeviceListOptions = {}): () => void {
  const mediaDevices = findMediaDevices(options.mediaDevices);
  if (!mediaDevices) return () => {};
  let newest = 0;
  const update = async () => {
    const mine = ++newest;
    const devices = await listDevices({ mediaDevices });
    // An older list may arrive after a newer one.
    if (mine === newest) listener(devices);
  };
  mediaDevices.addEventListener('devicechange', update);
  return () => {
    newest = Number.NaN;
    mediaDevices.removeEventListener('devicechange', update);
  };
}

function ofKind(devices: readonly MediaDeviceInfo[], kind: MediaDeviceKind, name: string): DeviceInfo[] {
  return devices
    .filter((device) => device.kind === kind)
    .map(({ deviceId, label, groupId }, index) => ({ deviceId, label: label || `${name} ${index + 1}`, groupId }));
}
