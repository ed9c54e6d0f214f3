import type { Capture, CaptureWay } from '../audio/capture.ts';
import { CAPTURE_FRAME_LENGTH } from '../audio/capture-pipeline.ts';
import type { CaptureMessage } from '../audio/worklet-messages.ts';
import { checkWorkletUrl, type WorkletUrl } from '../audio/worklet-url.ts';
import { Emitter } from '../emitter.ts';
import { isLiveClientError, type LiveClientError } from '../errors.ts';
import { loadPart } from '../load-part.ts';
import { deviceError } from './device-errors.ts';
import { DeviceSession } from './device-session.ts';
import { GatedFrames } from './gated-frames.ts';
import { type MediaDevicesPort, openUserMedia, requireMediaDevices, stopStream } from './media-devices.ts';
import { RecoveryBudget } from './recovery-budget.ts';
import { SilenceWatch } from './silence-watch.ts';

/** What the browser does with the sound before it is given out. */
export interface MicrophoneSettings {
  /** Takes the speaker's sound out of the microphone's; without it the model hears itself. @defaultValue true */
  readonly echoCancellation?: boolean;
  /** @defaultValue true */
  readonly noiseSuppression?: boolean;
  /** @defaultValue true */
  readonly autoGainControl?: boolean;
}

/** Options of a {@link Microphone}. */
export interface MicrophoneOptions extends MicrophoneSettings {
  /** Where the worklet files are served; inline when absent. */
  readonly workletUrl?: WorkletUrl;
  /** Device to use when `start` names none. @defaultValue the browser's default */
  readonly deviceId?: string;
  /**
   * Gives out frames only while somebody speaks, from 300 ms before to 700 ms after. Saves bytes; a service that listens
   * by itself does better without. @defaultValue false
   */
  readonly voiceGate?: boolean;
  /**
   * When the device goes away while it is on, goes on with the system's default, and when the browser stops the sound
   * of the page or the worker that captures fails, opens it anew; together at most three times a minute.
   * @defaultValue true
   */
  readonly fallback?: boolean;
  /**
   * Where frames are made. `track`: in a worker, from what a `MediaStreamTrackProcessor` gives out, which is 10 to 30 ms
   * sooner and needs no gesture; `worklet`: in an audio worklet; `auto`: by the first where the browser has it (Chromium)
   * and the page's policy lets the worker be made, else by the second, also after a worker that failed. @defaultValue 'auto'
   */
  readonly capture?: CaptureWay;
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
  /** Why it failed, or while `starting` after a device was lost, that it was; else `null`. */
  readonly error: LiveClientError | null;
  /** The device that is open, when the browser tells. */
  readonly deviceId: string | null;
  /**
   * On, but without any sound for 3 s: switched off at the device or in the system, or the wrong one of several; or held
   * by the system for a while, as in a phone call.
   */
  readonly silent: boolean;
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

/** What is asked for. It becomes the choice for later starts once a device was opened with it. */
interface Request {
  readonly deviceId: string | undefined;
  readonly settings: MicrophoneSettings;
  /** The device before went away with this error. */
  readonly lost?: LiveClientError;
}

const OFF: MicrophoneState = { status: 'off', error: null, deviceId: null, silent: false };

/**
 * A microphone as 20 ms frames of 16 kHz PCM16, whatever rate the device has.
 *
 * Starting, stopping, muting and switching may come in any order and at any time.
 */
export class Microphone {
  readonly #options: MicrophoneOptions;
  readonly #emitter: Emitter<MicrophoneEvents> = new Emitter<MicrophoneEvents>();
  readonly #session: DeviceSession<Request, Capture>;
  #state: MicrophoneState = OFF;
  #choice: Request;
  readonly #gate: GatedFrames<CapturedFrame> | null;
  readonly #silence = new SilenceWatch();
  readonly #recoveries = new RecoveryBudget();
  #muted = false;
  #level = 0;
  /** Where the next frame belongs; frames of a newly opened device are counted from there. */
  #nextMediaTime = 0;
  /** Whether frames were given out since the last end of a burst. */
  #inBurst = false;

  constructor(options: MicrophoneOptions = {}) {
    checkWorkletUrl(options.workletUrl);
    checkCapture(options.capture);
    this.#options = options;
    const { deviceId, echoCancellation, noiseSuppression, autoGainControl } = options;
    this.#choice = { deviceId, settings: { echoCancellation, noiseSuppression, autoGainControl } };
    this.#gate = options.voiceGate ? new GatedFrames() : null;
    this.#session = new DeviceSession<Request, Capture>({
      device: 'microphone',
      open: (request, signal) => this.#open(request, signal),
      // The default that replaces a lost default is another device.
      isSame: (current, asked) =>
        current.deviceId === asked.deviceId && current.settings === asked.settings && asked.lost === undefined,
      changed: () => this.#changed(),
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
   * a switch that fails leaves the old one on. A device that could not be opened is not kept: without a `deviceId`, the
   * one that worked last is opened.
   *
   * @throws {@link LiveClientError} `ERR_MICROPHONE_…`, `ERR_WORKLET_LOAD`, `ERR_AUTOPLAY_BLOCKED`, or `ERR_ABORTED`
   * when the signal fired or when it was stopped meanwhile.
   */
  start({ deviceId, signal }: MicrophoneStartOptions = {}): Promise<void> {
    return this.#session.start(this.#ask(deviceId === undefined ? {} : { deviceId }), signal);
  }

  /**
   * Changes what the browser does with the sound. While the microphone is on, it is opened again with it, without a
   * pause; a change that fails leaves it as it is.
   *
   * @throws {@link LiveClientError} like {@link start}.
   */
  async configure(settings: MicrophoneSettings): Promise<void> {
    const asked = this.#ask({ settings: { ...this.#ask().settings, ...settings } });
    const { status } = this.#session.phase;
    if (status === 'on' || status === 'starting') await this.#session.start(asked);
    else this.#choice = asked;
  }

  /** Closes the device, or gives up opening it. */
  stop(): void {
    this.#pause();
    this.#session.stop();
  }

  /**
   * Stops giving out frames, or goes on. The device stays open, so that it is back at once; it may be called in every
   * state and holds for later starts.
   */
  setMuted(muted: boolean): void {
    if (muted === this.#muted) return;
    if (muted) this.#pause();
    this.#muted = muted;
    this.#level = 0;
    this.#silence.reset();
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

  /** What is being opened or else was opened last, with a change. */
  #ask(change: Partial<Request> = {}): Request {
    const { deviceId, settings } = this.#session.opening ?? this.#choice;
    return { deviceId, settings, ...change };
  }

  async #open(request: Request, signal: AbortSignal): Promise<Capture> {
    try {
      return await this.#openDevice(request, signal);
    } catch (cause) {
      // Another microphone was asked for because one went away, and there is none: that it went away is what matters.
      const isGone = isLiveClientError(cause) && cause.code === 'ERR_MICROPHONE_NOT_FOUND';
      throw isGone && request.lost ? request.lost : cause;
    }
  }

  async #openDevice({ deviceId, settings, lost }: Request, signal: AbortSignal): Promise<Capture> {
    const mediaDevices = requireMediaDevices(this.#options.mediaDevices, 'microphone');
    // While the person is asked; a failure is told once there is a device.
    const loading = loadPart('the capture of sound', () => import('../audio/open-capture.ts'));
    loading.catch(() => {});
    const stream = await openUserMedia(mediaDevices, 'microphone', constraintsOf(settings), deviceId, signal);
    try {
      for (const track of stream.getTracks()) track.enabled = !this.#muted;
      const { openCapture } = await loading;
      const lostError = () => deviceError('LOST', 'microphone', { deviceId });
      let startsAt: number | null = null;
      const opened: Capture = await openCapture({
        stream,
        signal,
        lost,
        way: this.#options.capture,
        workletUrl: this.#options.workletUrl,
        onFrame: (message) => {
          if (!this.#isOpen(opened)) return;
          startsAt ??= this.#nextMediaTime;
          this.#take(message, startsAt + message.mediaTime);
        },
        onInterrupted: () => {
          this.#silence.interrupted();
          this.#update();
        },
        // Opened anew it may run, where it is not the worklet itself that failed.
        onFailed: (error) => (error.retryable ? this.#lose(opened, error, deviceId) : this.#fail(opened, error)),
        onLost: () => this.#lose(opened, lostError()),
        lostError,
      });
      opened.track.enabled = !this.#muted;
      this.#silence.reset();
      return opened;
    } catch (error) {
      stopStream(stream);
      throw error;
    }
  }

  #isOpen(opened: Capture): boolean {
    const { phase } = this.#session;
    return phase.status === 'on' && phase.opened === opened;
  }

  #take({ samples, level, voice }: CaptureMessage, mediaTime: number): void {
    // The silence that ended a burst has taken this place already.
    if (mediaTime < this.#nextMediaTime) return;
    this.#nextMediaTime = mediaTime + CAPTURE_FRAME_LENGTH;
    if (this.#muted) return;
    this.#level = level;
    if (this.#silence.next(level)) this.#update();
    const frame: CapturedFrame = { samples, mediaTime, voice, endOfBurst: false };
    for (const given of this.#gate ? this.#gate.take(frame) : [frame]) {
      this.#inBurst = true;
      this.#emitter.emit('frameCaptured', given);
    }
    if (this.#gate?.isOpen === false) this.#endBurst();
  }

  /** Nothing that was kept belongs to what follows. */
  #pause(): void {
    this.#gate?.reset();
    this.#endBurst();
  }

  #endBurst(): void {
    if (!this.#inBurst) return;
    this.#inBurst = false;
    const mediaTime = this.#nextMediaTime;
    this.#nextMediaTime += CAPTURE_FRAME_LENGTH;
    const samples = new Int16Array(CAPTURE_FRAME_LENGTH);
    this.#emitter.emit('frameCaptured', { samples, mediaTime, voice: false, endOfBurst: true });
  }

  /** Goes on with `deviceId`, by default the system's own device, if that is allowed. */
  #lose(opened: Capture, error: LiveClientError, deviceId?: string): void {
    if (!this.#isOpen(opened)) return;
    const isSwitching = this.#session.opening !== null;
    if (!isSwitching && this.#options.fallback !== false && this.#recoveries.take(performance.now())) {
      // A failure is told by the state.
      this.#session.start(this.#ask({ deviceId, lost: error })).catch(() => {});
    }
    this.#fail(opened, error);
  }

  #fail(opened: Capture, error: LiveClientError): void {
    if (!this.#isOpen(opened)) return;
    this.#pause();
    this.#session.fail(opened, error);
  }

  #changed(): void {
    const { phase } = this.#session;
    if (phase.status === 'on') this.#choice = phase.request;
    this.#update();
  }

  #update(): void {
    const state = this.#describe();
    const { status, error, deviceId, silent } = this.#state;
    const isSame = state.status === status && state.error === error && state.deviceId === deviceId;
    if (isSame && state.silent === silent) return;
    this.#state = state;
    this.#emitter.emit('stateChanged', { state });
  }

  #describe(): MicrophoneState {
    const { phase } = this.#session;
    switch (phase.status) {
      case 'off':
        return OFF;
      case 'starting':
        return {
          status: 'starting',
          error: phase.request.lost ?? null,
          deviceId: phase.request.deviceId ?? null,
          silent: false,
        };
      case 'on':
        return {
          status: this.#muted ? 'muted' : 'on',
          error: null,
          deviceId: phase.opened.track.getSettings().deviceId ?? null,
          silent: !this.#muted && this.#silence.isSilent,
        };
      case 'failed':
        return { status: 'failed', error: phase.error, deviceId: null, silent: false };
      default:
        return phase satisfies never;
    }
  }
}

function checkCapture(way: CaptureWay = 'auto'): void {
  if (['auto', 'track', 'worklet'].includes(way)) return;
  throw new RangeError(`"capture" is "auto", "track" or "worklet"; got ${JSON.stringify(way)}.`);
}

function constraintsOf(settings: MicrophoneSettings): MediaTrackConstraints {
  const { echoCancellation = true, noiseSuppression = true, autoGainControl = true } = settings;
  return { echoCancellation, noiseSuppression, autoGainControl, channelCount: { ideal: 1 } };
}
