import { type DeviceKind, deviceError } from './device-errors.ts';

/** The part of `navigator.mediaDevices` that is used; tests and unusual hosts pass their own. */
export type MediaDevicesPort = Pick<
  MediaDevices,
  'getUserMedia' | 'getDisplayMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'
>;

/** The given devices, else the browser's, else `null`: on a server, and on pages that are not secure. */
export function findMediaDevices(given: MediaDevicesPort | undefined): MediaDevicesPort | null {
  if (given) return given;
  return typeof navigator === 'undefined' ? null : (navigator.mediaDevices ?? null);
}

/**
 * The same for those who cannot go on without.
 *
 * @throws {@link LiveClientError} `ERR_…_UNAVAILABLE`
 */
export function requireMediaDevices(given: MediaDevicesPort | undefined, device: DeviceKind): MediaDevicesPort {
  const found = findMediaDevices(given);
  const method = device === 'screen' ? 'getDisplayMedia' : 'getUserMedia';
  if (!found || typeof found[method] !== 'function') throw deviceError('UNAVAILABLE', device);
  return found;
}

/** Ends every track; the device's light goes out. */
export function stopStream(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
