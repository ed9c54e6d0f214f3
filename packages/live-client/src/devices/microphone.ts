import { type Capture, openCapture } from '../audio/capture.ts';
import { CAPTURE_FRAME_LENGTH } from '../audio/capture-pipeline.ts';
import { checkWorkletUrl, type WorkletUrl } from '../audio/worklet-loader.ts';
import type { CaptureMessage } from '../audio/worklet-messages.ts';
import { Emitter } from '../emitter.ts';
import type { LiveClientError } from '../errors.ts';
import { deviceError, toDeviceError } from './device-errors.ts';
import { abortedError, openWithRetry } from './device-retry.ts';
import { DeviceSession, type OpenDevice } from './device-session.ts';
import { type MediaDevicesPort, requireMediaDevices, stopStream } from './media-devices.ts';

/** Options of a {@link Microphone}. */
export interface MicrophoneOptions {
  /** Where the worklet files are served; inline when absent. */
  readonly workletUrl?: WorkletUrl;
  /** Device to use when `start` names none. @defaultValue the browser's default */
  readonly deviceId?: string;
  /** Takes the speaker's sound out of the microphone's; without it the model hears itself. @defaultValue true */
  readonly echoCancellation?: boolean;
  /** @defaultValue true */
  readonly noiseSuppression?: boolean;
  /** @defaultValue true */
  readonly autoGainControl?: boolean;
  /** @defaultValue `navigator.mediaDevices` */
  readonly mediaDevices?: MediaDevicesPort;
}

/** Options of one start. */
export interface MicrophoneStartOptions {
  /** Another device than before; while the microphone is on, it is switched without a pause. */
  readonly deviceId?: string;
  readonly signal?: AbortSignal;
}

/** State of a {@link Microphone}; replaced, never changed. */
export interface MicrophoneState {
  readonly status: 'off' | 'starting' | 'on' | 'muted' | 'failed';
  /** Why it failed; `null` in every other status. */
  readonly error: LiveClientError | null;
  /** The device that is open, when the browser tells. */
  readonly deviceId: string | null;
}

/** 20 ms of speech or silence. */
export interface CapturedFrame {
  /** 320 samples at 16 kHz; the listener owns them. */
  readonly samples: Int16Array<ArrayBuffer>;
  /** Place of the first sample since the microphone was first started, in samples; does not stand still while muted. */
  readonly mediaTime: number;
  /** Whether somebody seems to speak. */
  readonly voice: boolean;
  /** The microphone pauses: no frame follows until it is unmuted or started again. The samples are silence. */
  readonly endOfBurst: boolean;
}

/** Events of a {@link Microphone}. */
export interface MicrophoneEvents {
  frameCaptured: CapturedFrame;
  stateChanged: { readonly state: MicrophoneState };
}

interface Request {
  readonly deviceId: string | undefined;
}

interface OpenMicrophone extends OpenDevice {
  readonly track: MediaStreamTrack;
  readonly deviceId: string | null;
}

const OFF: MicrophoneState = { status: 'off', error: null, deviceId: null };

/**
 * A microphone as 20 ms frames of 16 kHz PCM16, whatever rate the device has.
 *
 * Starting, stopping, muting and switching may come in any order and at any time.
 */
export class Microphone {
  readonly #options: MicrophoneOptions;
  readonly #emitter: Emitter<MicrophoneEvents> = new Emitter<MicrophoneEvents>();
  readonly #session: DeviceSession<Request, OpenMicrophone>;
  #state: MicrophoneState = OFF;
  #deviceId: string | undefined;
  #muted = false;
  #level = 0;
  /** Where the next frame belongs; frames of a newly opened device are counted from there. */
  #nextMediaTime = 0;
  /** Whether frames were given out since the last end of a burst. */
  #inBurst = false;

  constructor(options: MicrophoneOptions = {}) {
    checkWorkletUrl(options.workletUrl);
    this.#options = options;
    this.#deviceId = options.deviceId;
    this.#session = new DeviceSession<Request, OpenMicrophone>({
      device: 'microphone',
      open: (request, signal) => this.#open(request, signal),
      isSame: (current, asked) => current.deviceId === asked.deviceId,
      changed: () => this.#update(),
    });
  }

  /** The present state; the same object until something changes. */
  get state(): MicrophoneState {
    return this.#state;
  }

  /** Root mean square of the last frame, 0 to 1; 0 while nothing is captured. */
  get level(): number {
    return this.#state.status === 'on' ? this.#level : 0;
  }

  /** Calls `listener` at each event until the returned function is called. */
  on<Type extends keyof MicrophoneEvents>(type: Type, listener: (event: MicrophoneEvents[Type]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  /**
   * Opens the device; asks for permission when needed. While it is on, another `deviceId` switches to that device, and
   * a switch that fails leaves the old one on.
   *
   * @throws {@link LiveClientError} `ERR_MICROPHONE_…`, `ERR_WORKLET_LOAD`, `ERR_AUTOPLAY_BLOCKED`, or `ERR_ABORTED`
   * when the signal fired or when it was stopped meanwhile.
   */
  start({ deviceId, signal }: MicrophoneStartOptions = {}): Promise<void> {
    if (deviceId !== undefined) this.#deviceId = deviceId;
    return this.#session.start({ deviceId: this.#deviceId }, signal);
  }

  /** Closes the device, or gives up opening it. */
  stop(): void {
    this.#endBurst();
    this.#session.stop();
  }

  /**
   * Stops giving out frames, or goes on. The device stays open, so that it is back at once; it may be called in every
   * state and holds for later starts.
   */
  setMuted(muted: boolean): void {
    if (muted === this.#muted) return;
    if (muted) this.#endBurst();
    this.#muted = muted;
    this.#level = 0;
    const { phase } = this.#session;
    // The track gives silence then, also to a browser that shows whether the microphone is used.
    if (phase.status === 'on') phase.opened.track.enabled = !muted;
    this.#update();
  }

  /** Closes the device for good. */
  async dispose(): Promise<void> {
    this.stop();
    this.#session.dispose();
    this.#emitter.clear();
  }

  async #open({ deviceId }: Request, signal: AbortSignal): Promise<OpenMicrophone> {
    const mediaDevices = requireMediaDevices(this.#options.mediaDevices, 'microphone');
    const stream = await openWithRetry(async () => {
      try {
        return await mediaDevices.getUserMedia({ audio: this.#constraints(deviceId), video: false });
      } catch (cause) {
        throw toDeviceError(cause, 'microphone', deviceId);
      }
    }, signal);
    const track = stream.getAudioTracks()[0];
    if (signal.aborted || !track) {
      stopStream(stream);
      throw signal.aborted ? abortedError('microphone', signal.reason) : deviceError('FAILED', 'microphone');
    }
    track.enabled = !this.#muted;
    try {
      return await this.#openCapture(stream, track);
    } catch (error) {
      stopStream(stream);
      throw error;
    }
  }

  async #openCapture(stream: MediaStream, track: MediaStreamTrack): Promise<OpenMicrophone> {
    let startsAt: number | null = null;
    const capture: Capture = await openCapture({
      stream,
      workletUrl: this.#options.workletUrl,
      onFrame: (message) => {
        if (!this.#isOpen(opened)) return;
        startsAt ??= this.#nextMediaTime;
        this.#take(message, startsAt + message.mediaTime);
      },
      onFailed: (error) => this.#fail(opened, error),
    });
    const lost = () => this.#fail(opened, deviceError('LOST', 'microphone', { deviceId: this.#deviceId }));
    const opened: OpenMicrophone = {
      track,
      deviceId: track.getSettings().deviceId ?? null,
      close: () => {
        track.removeEventListener('ended', lost);
        capture.close();
        stopStream(stream);
      },
    };
    track.addEventListener('ended', lost);
    // It may have ended while the worklet was loading; that event is gone.
    if (track.readyState === 'ended') {
      opened.close();
      throw deviceError('LOST', 'microphone', { deviceId: this.#deviceId });
    }
    track.enabled = !this.#muted;
    return opened;
  }

  #constraints(deviceId: string | undefined): MediaTrackConstraints {
    const { echoCancellation = true, noiseSuppression = true, autoGainControl = true } = this.#options;
    return {
      echoCancellation,
      noiseSuppression,
      autoGainControl,
      channelCount: { ideal: 1 },
      ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
    };
  }

  #isOpen(opened: OpenMicrophone): boolean {
    const { phase } = this.#session;
    return phase.status === 'on' && phase.opened === opened;
  }

  #take({ samples, level, voice }: CaptureMessage, mediaTime: number): void {
    // The silence that ended a burst has taken this place already.
    if (mediaTime < this.#nextMediaTime) return;
    this.#nextMediaTime = mediaTime + CAPTURE_FRAME_LENGTH;
    if (this.#muted) return;
    this.#level = level;
    this.#inBurst = true;
    this.#emitter.emit('frameCaptured', { samples, mediaTime, voice, endOfBurst: false });
  }

  #endBurst(): void {
    if (!this.#inBurst) return;
    this.#inBurst = false;
    const mediaTime = this.#nextMediaTime;
    this.#nextMediaTime += CAPTURE_FRAME_LENGTH;
    const samples = new Int16Array(CAPTURE_FRAME_LENGTH);
    this.#emitter.emit('frameCaptured', { samples, mediaTime, voice: false, endOfBurst: true });
  }

  #fail(opened: OpenMicrophone, error: LiveClientError): void {
    if (!this.#isOpen(opened)) return;
    this.#endBurst();
    this.#session.fail(opened, error);
  }

  #update(): void {
    const state = this.#describe();
    const { status, error, deviceId } = this.#state;
    if (state.status === status && state.error === error && state.deviceId === deviceId) return;
    this.#state = state;
    this.#emitter.emit('stateChanged', { state });
  }

  #describe(): MicrophoneState {
    const { phase } = this.#session;
    switch (phase.status) {
      case 'off':
        return OFF;
      case 'starting':
        return { status: 'starting', error: null, deviceId: phase.request.deviceId ?? null };
      case 'on':
        return { status: this.#muted ? 'muted' : 'on', error: null, deviceId: phase.opened.deviceId };
      case 'failed':
        return { status: 'failed', error: phase.error, deviceId: null };
      default:
        return phase satisfies never;
    }
  }
}
