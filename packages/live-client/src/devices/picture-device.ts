import type { WorkletUrl } from '../audio/worklet-url.ts';
import { Emitter } from '../emitter.ts';
import { LiveClientError } from '../errors.ts';
import type { Picture } from '../video/encode-frame.ts';
import { intervalOf } from '../video/frame-rate.ts';
import type { FrameSource } from '../video/frame-source.ts';
import type { PictureTools } from '../video/picture-tools.ts';
import type { VideoPicture, VideoSettings } from '../video/video-sampler.ts';
import { type DeviceKind, deviceError, toDeviceError } from './device-errors.ts';
import { abortedError } from './device-retry.ts';
import { DeviceSession } from './device-session.ts';
import { type MediaDevicesPort, stopStream } from './media-devices.ts';
import type { OpenPictures } from './open-pictures.ts';

/** Options of a {@link Camera} and of a {@link ScreenShare}. */
export interface PictureDeviceOptions {
  /** Longest side of a picture, pixels. @defaultValue 768, which models take without scaling */
  readonly maxSide?: number;
  /** JPEG quality, 0 to 1; less under pressure. @defaultValue 0.8 */
  readonly quality?: number;
  /** An unchanged picture is sent this often all the same, milliseconds. @defaultValue 5_000 */
  readonly keepAliveMs?: number;
  /** Value of `pressure` above which no picture is taken, bytes. @defaultValue 131_072 */
  readonly highWaterBytes?: number;
  /** Where `picture-worker.js` is served, for pages whose policy forbids `blob:` workers. @defaultValue inline */
  readonly workletUrl?: WorkletUrl;
  /** @defaultValue `navigator.mediaDevices` */
  readonly mediaDevices?: MediaDevicesPort;
  /**
   * How pictures are read and encoded.
   *
   * @defaultValue the browser's
   * @internal
   */
  readonly ports?: Partial<PicturePorts>;
}

/** What takes and encodes pictures. */
export interface PicturePorts {
  openFrameSource(stream: MediaStream): Promise<FrameSource>;
  openTools(workletUrl: WorkletUrl | undefined): PictureTools | Promise<PictureTools>;
}

/** Options of one start. */
export interface PictureStartOptions {
  /** Another device than before. */
  readonly deviceId?: string;
  /** Pictures per second, above 0 and up to 30. @defaultValue 1 */
  readonly framesPerSecond?: number;
  readonly signal?: AbortSignal;
}

/** State of a camera or a shared screen; replaced, never changed. */
export interface PictureSourceState {
  readonly status: 'off' | 'starting' | 'on' | 'failed';
  /** Why it failed; `null` in every other status. */
  readonly error: LiveClientError | null;
}

/** A picture that was taken. */
export interface TakenPicture extends Picture {
  /** Milliseconds since the device was started. */
  readonly mediaTime: number;
}

/** A picture for people that was taken. */
export interface TakenVideo extends VideoPicture {
  /** Milliseconds since the device was started. */
  readonly mediaTime: number;
}

/** Events of a camera or a shared screen. */
export interface PictureDeviceEvents {
  pictureTaken: TakenPicture;
  /** Only while {@link PictureDevice.setVideo} asks for it. */
  videoTaken: TakenVideo;
  stateChanged: { readonly state: PictureSourceState };
  /** The device ended by itself: unplugged, or the browser's own button was used. */
  ended: { readonly error: LiveClientError | null };
}

/** What tells a camera from a screen. */
export interface PictureDeviceKind {
  readonly device: DeviceKind;
  readonly openStream: (deviceId: string | undefined, signal: AbortSignal) => Promise<MediaStream>;
  /** Whether it is a failure when the track ends, and not a wish of the person. */
  readonly endIsFailure: boolean;
}

interface Request {
  readonly deviceId: string | undefined;
  readonly framesPerSecond: number;
}

const OFF: PictureSourceState = { status: 'off', error: null };

/** A stream to show and pictures to send: what {@link Camera} and {@link ScreenShare} have in common. */
export class PictureDevice {
  readonly #kind: PictureDeviceKind;
  readonly #options: PictureDeviceOptions;
  readonly #emitter: Emitter<PictureDeviceEvents> = new Emitter<PictureDeviceEvents>();
  readonly #session: DeviceSession<Request, OpenPictures>;
  #state: PictureSourceState = OFF;
  /** The device that was opened last. */
  #deviceId: string | undefined;
  #pressure: () => number = () => 0;
  #video: VideoSettings | null = null;

  constructor(kind: PictureDeviceKind, options: PictureDeviceOptions = {}) {
    checkOptions(options);
    this.#kind = kind;
    this.#options = options;
    this.#session = new DeviceSession<Request, OpenPictures>({
      device: kind.device,
      open: (request, signal) => this.#open(request, signal),
      isSame: (current, asked) => current.deviceId === asked.deviceId,
      changed: () => this.#changed(),
    });
  }

  /** The present state; the same object until something changes. */
  get state(): PictureSourceState {
    return this.#state;
  }

  /** What is captured, to be shown in a video element; `null` unless on. It ends with `stop()`. */
  get stream(): MediaStream | null {
    const { phase } = this.#session;
    return phase.status === 'on' ? phase.opened.stream : null;
  }

  /**
   * Bytes that wait in the socket: pictures get worse as it grows, and none is taken above the high-water mark. Its
   * owner sets it once to a function, which is asked before every picture, or to a number whenever it changes.
   */
  get pressure(): number {
    return this.#pressure();
  }

  set pressure(pressure: number | (() => number)) {
    this.#pressure = typeof pressure === 'function' ? pressure : () => pressure;
  }

  /** Calls `listener` at each event until the returned function is called. */
  on<Type extends keyof PictureDeviceEvents>(
    type: Type,
    listener: (event: PictureDeviceEvents[Type]) => void,
  ): () => void {
    return this.#emitter.on(type, listener);
  }

  /**
   * Opens the device and begins to take pictures; asks for permission when needed. While it is on, it changes the rate
   * or switches the device; a switch that fails leaves the old one on as it is. A device that could not be opened is not
   * kept: without a `deviceId`, the one that worked last is opened.
   *
   * @throws {@link LiveClientError} `ERR_CAMERA_…` or `ERR_SCREEN_…`, `ERR_PICTURE_FAILED`, or `ERR_ABORTED` when the
   * signal fired or when it was stopped meanwhile.
   * @throws RangeError when the rate is out of range.
   */
  async start({ deviceId, framesPerSecond = 1, signal }: PictureStartOptions = {}): Promise<void> {
    // Throws before anything is opened when the rate is out of range.
    intervalOf(framesPerSecond);
    const { opening } = this.#session;
    const known = opening ? opening.deviceId : this.#deviceId;
    await this.#session.start({ deviceId: deviceId ?? known, framesPerSecond }, signal);
    const { phase } = this.#session;
    if (phase.status === 'on') phase.opened.setRate(framesPerSecond);
  }

  /** Closes the device, or gives up opening it. */
  stop(): void {
    this.#session.stop();
  }

  /**
   * One picture as it is now, beside those that are sampled.
   *
   * @throws {@link LiveClientError} `ERR_PICTURE_FAILED` when the device is not on.
   */
  async snapshot(): Promise<Picture> {
    const { phase } = this.#session;
    const { device } = this.#kind;
    if (phase.status !== 'on') {
      throw new LiveClientError(
        'ERR_PICTURE_FAILED',
        `The ${device} is ${phase.status}, so there is no picture of it.`,
        {
          hint: 'Call start() first.',
        },
      );
    }
    return phase.opened.snapshot();
  }

  /**
   * Takes pictures for people beside those for the model, from now on and after every start; `null` takes none.
   *
   * @throws RangeError when the rate is out of range.
   */
  setVideo(settings: VideoSettings | null): void {
    if (settings) intervalOf(settings.framesPerSecond);
    this.#video = settings;
    const { phase } = this.#session;
    if (phase.status === 'on') phase.opened.setVideo(settings);
  }

  /** The next picture for people is a whole one, which needs none before it. */
  requestKeyFrame(): void {
    const { phase } = this.#session;
    if (phase.status === 'on') phase.opened.requestKeyFrame();
  }

  /** Closes the device for good. */
  async dispose(): Promise<void> {
    this.#session.dispose();
    this.#emitter.clear();
  }

  async #open({ deviceId, framesPerSecond }: Request, signal: AbortSignal): Promise<OpenPictures> {
    const { device, openStream } = this.#kind;
    const stream = await openStream(deviceId, signal).catch((cause: unknown) => {
      throw toDeviceError(cause, device, deviceId);
    });
    try {
      if (signal.aborted) throw abortedError(device, signal.reason);
      const { openPictures } = await import('./open-pictures.ts');
      const opened: OpenPictures = await openPictures({
        ...this.#options,
        ...{ stream, framesPerSecond },
        pressure: () => this.pressure,
        onPicture: (picture) => this.#emitter.emit('pictureTaken', picture),
        onVideo: (picture) => this.#emitter.emit('videoTaken', picture),
        onFailed: (error) => this.#session.fail(opened, toDeviceError(error, device)),
        onEnded: () => this.#ended(opened),
        lostError: () => deviceError('LOST', device),
      });
      opened.setVideo(this.#video);
      return opened;
    } catch (error) {
      stopStream(stream);
      throw error;
    }
  }

  #ended(opened: OpenPictures): void {
    const { phase } = this.#session;
    if (phase.status !== 'on' || phase.opened !== opened) return;
    const error = this.#kind.endIsFailure ? deviceError('LOST', this.#kind.device) : null;
    if (error) this.#session.fail(opened, error);
    else this.#session.stop();
    this.#emitter.emit('ended', { error });
  }

  #changed(): void {
    const { phase } = this.#session;
    if (phase.status === 'on') this.#deviceId = phase.request.deviceId;
    const error = phase.status === 'failed' ? phase.error : null;
    if (phase.status === this.#state.status && error === this.#state.error) return;
    this.#state = phase.status === 'off' ? OFF : { status: phase.status, error };
    this.#emitter.emit('stateChanged', { state: this.#state });
  }
}

function checkOptions({ maxSide = 768, quality = 0.8 }: PictureDeviceOptions): void {
  if (!(Number.isInteger(maxSide) && maxSide >= 16)) {
    throw new RangeError(`maxSide is ${maxSide}; give a whole number of pixels from 16.`);
  }
  if (!(quality > 0 && quality <= 1)) throw new RangeError(`quality is ${quality}; give a number above 0 and up to 1.`);
}
