import { openUserMedia, requireMediaDevices } from './media-devices.ts';
import { PictureDevice, type PictureDeviceOptions } from './picture-device.ts';

const CONSTRAINTS: MediaTrackConstraints = { width: { ideal: 1_280 }, height: { ideal: 720 } };

/** A camera: a stream to show and JPEG pictures to send, one a second unless asked otherwise. */
export class Camera extends PictureDevice {
  constructor(options: PictureDeviceOptions = {}) {
    super(
      {
        device: 'camera',
        endIsFailure: true,
        openStream: (deviceId, signal) => {
          const mediaDevices = requireMediaDevices(options.mediaDevices, 'camera');
          return openUserMedia(mediaDevices, 'camera', CONSTRAINTS, deviceId, signal);
        },
      },
      options,
    );
  }
}
