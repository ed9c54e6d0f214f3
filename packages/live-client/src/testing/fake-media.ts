import type { CapturedFrame, MicrophoneState } from '../devices/microphone.ts';
import type { PictureSourceState, TakenPicture, TakenVideo } from '../devices/picture-device.ts';
import { Emitter } from '../emitter.ts';
import type { MediaKit } from '../media-kit.ts';
import type { VideoSettings } from '../video/video-sampler.ts';

/** A microphone that hears what the test says. */
export class FakeMicrophone {
  readonly #events = new Emitter<{ frameCaptured: CapturedFrame; stateChanged: { state: MicrophoneState } }>();
  state: MicrophoneState = { status: 'off', error: null, deviceId: null, silent: false };
  level = 0;
  disposed = false;
  #mediaTime = 0;
  /** Hears frames and changes of state, as of a real microphone. */
  on: Emitter<{ frameCaptured: CapturedFrame; stateChanged: { state: MicrophoneState } }>['on'] = (type, listener) =>
    this.#events.on(type, listener);

  /** Is on at once. */
  async start(): Promise<void> {
    this.enter('on');
  }

  /** Is off; without an event where it was off already. */
  stop(): void {
    if (this.state.status !== 'off') this.enter('off');
  }

  /** Is muted, with the end of a burst of speech, or on again. */
  setMuted(muted: boolean): void {
    if (muted) this.hear({ endOfBurst: true });
    this.enter(muted ? 'muted' : 'on');
  }

  /** Is off, and says so in `disposed`. */
  async dispose(): Promise<void> {
    this.stop();
    this.disposed = true;
  }

  /** Gets into a state, as a device does by itself. */
  enter(status: MicrophoneState['status']): void {
    this.state = { ...this.state, status };
    this.#events.emit('stateChanged', { state: this.state });
  }

  /** One frame of 20 ms. */
  hear(frame: Partial<CapturedFrame> = {}): void {
    const samples = new Int16Array(320).fill(7);
    this.#events.emit('frameCaptured', {
      samples,
      mediaTime: this.#mediaTime,
      voice: true,
      endOfBurst: false,
      ...frame,
    });
    this.#mediaTime += 320;
  }

  get listenerCount(): number {
    return this.#events.listenerCount('frameCaptured') + this.#events.listenerCount('stateChanged');
  }
}

/** A camera or a screen that sees what the test shows. */
export class FakePictureSource {
  readonly #events = new Emitter<{
    pictureTaken: TakenPicture;
    videoTaken: TakenVideo;
    stateChanged: { state: PictureSourceState };
    ended: object;
  }>();
  state: PictureSourceState = { status: 'off', error: null };
  stream: MediaStream | null = null;
  #pressure: () => number = () => 0;
  disposed = false;
  readonly video: (VideoSettings | null)[] = [];
  keyFramesAsked = 0;
  /** Hears pictures, video and changes of state, as of a real source. */
  on: Emitter<{
    pictureTaken: TakenPicture;
    videoTaken: TakenVideo;
    stateChanged: { state: PictureSourceState };
    ended: object;
  }>['on'] = (type, listener) => this.#events.on(type, listener);

  get pressure(): number {
    return this.#pressure();
  }

  set pressure(pressure: () => number) {
    this.#pressure = pressure;
  }

  /** Is on at once. */
  async start(): Promise<void> {
    this.enter('on');
  }

  /** Is off; without an event where it was off already. */
  stop(): void {
    if (this.state.status !== 'off') this.enter('off');
  }

  /** Is off, and says so in `disposed`. */
  async dispose(): Promise<void> {
    this.stop();
    this.disposed = true;
  }

  /** Gets into a state, as a device does by itself. */
  enter(status: PictureSourceState['status']): void {
    this.state = { ...this.state, status };
    this.#events.emit('stateChanged', { state: this.state });
  }

  /** Writes down in `video` what is asked of it. */
  setVideo(settings: VideoSettings | null): void {
    this.video.push(settings);
  }

  /** Counts in `keyFramesAsked`. */
  requestKeyFrame(): void {
    this.keyFramesAsked += 1;
  }

  /** Takes one frame of video; a delta frame of VP8, unless it is told otherwise. */
  film(picture: Partial<TakenVideo> = {}): void {
    const bytes = new Uint8Array([0x10, 0, 0]);
    this.#events.emit('videoTaken', {
      ...{ bytes, width: 4, height: 3, mediaTime: 99, codec: 'vp8', isKey: false },
      ...picture,
    });
  }

  /** Takes one picture. */
  see(bytes: Uint8Array<ArrayBuffer> = new Uint8Array([0xff, 0xd8, 1, 2])): void {
    this.#events.emit('pictureTaken', { bytes, width: 4, height: 3, mediaTime: 1234.5 });
  }
}

/** One voice at the speaker, which writes down what it is asked to do. */
export class FakePlaybackSource {
  readonly log: { type: string; samples?: number[]; turn?: number }[] = [];
  readonly sampleRate: number;
  level = 0.25;
  heard = { turn: 0, ms: 0 };
  volume = 1;
  disposed = false;

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
  }

  /** Writes the samples down in `log`. */
  push(samples: Int16Array, options: { turn?: number } = {}): void {
    this.log.push({ type: 'push', samples: [...samples], turn: options.turn });
  }

  /** Writes the interruption down in `log`. */
  interrupt(turn?: number): void {
    this.log.push({ type: 'interrupt', turn });
  }

  /** Writes the end down in `log`. */
  end(): void {
    this.log.push({ type: 'end' });
  }

  /** Counts what was pushed. */
  async statistics(): Promise<{ receivedSamples: number }> {
    return { receivedSamples: this.log.reduce((sum, { samples }) => sum + (samples?.length ?? 0), 0) };
  }

  /** Says so in `disposed`. */
  dispose(): void {
    this.disposed = true;
  }
}

/** A speaker that makes no sound. */
export class FakeSpeaker {
  readonly #events = new Emitter<{ canPlayChanged: { canPlay: boolean } }>();
  readonly sources: Map<string, FakePlaybackSource> = new Map();
  canPlay = false;
  duckedBy = 0;
  volume = 1;
  disposed = false;
  /** Hears whether sound may be played. */
  on: Emitter<{ canPlayChanged: { canPlay: boolean } }>['on'] = (type, listener) => this.#events.on(type, listener);

  /** The voice of this id: the one there is, unless it was disposed. */
  source(id: string, options: { sampleRate: number }): FakePlaybackSource {
    const known = this.sources.get(id);
    if (known && !known.disposed) return known;
    const source = new FakePlaybackSource(options.sampleRate);
    this.sources.set(id, source);
    return source;
  }

  /** May play from now on. */
  async resume(): Promise<void> {
    this.canPlay = true;
    this.#events.emit('canPlayChanged', { canPlay: true });
  }

  /** Takes every device. */
  async setOutputDevice(): Promise<void> {}

  /** Says so in `disposed`. */
  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

/** Devices without devices. */
export class FakeMedia {
  readonly microphone: FakeMicrophone = new FakeMicrophone();
  readonly speaker: FakeSpeaker = new FakeSpeaker();
  readonly camera: FakePictureSource = new FakePictureSource();
  readonly screen: FakePictureSource = new FakePictureSource();

  /** As the `media` option of a client. */
  readonly factory = (): MediaKit => this as unknown as MediaKit;
}
