import { toDeviceError } from './device-errors.ts';
import { openWithRetry } from './device-retry.ts';
import { requireMediaDevices } from './media-devices.ts';
import { PictureDevice, type PictureDeviceOptions } from './picture-device.ts';

/** A camera: a stream to show and JPEG pictures to send, one a second unless asked otherwise. */
export class Camera extends PictureDevice {
  constructor(options: PictureDeviceOptions = {}) {
    super(
      {
        device: 'camera',
        endIsFailure: true,
        openStream: (deviceId, signal) => {
          const mediaDevices = requireMediaDevices(options.mediaDevices, 'camera');
          return openWithRetry(async () => {
            try {
              return await mediaDevices.getUserMedia({ audio: false, video: constraints(deviceId) });
            } catch (cause) {
              throw toDeviceError(cause, 'camera', deviceId);
            }
          }, signal);
        },
      },
      options,
    );
  }
}

function constraints(deviceId: string | undefined): MediaTrackConstraints {
  return {
    width: { ideal: 1_280 },
    height: { ideal: 720 },
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
}
