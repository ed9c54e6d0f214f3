import { Emitter } from '../emitter.ts';
import { isLiveClientError, LiveClientError } from '../errors.ts';
import { loadPart } from '../load-part.ts';
import { closeContext, createAudioContext, outputLatencyMs, runContext } from './audio-context.ts';
import { checkVolume, type PlaybackSource, setGain, WorkletPlayback } from './playback.ts';
import { checkWorkletUrl, type WorkletUrl } from './worklet-url.ts';

/** Loaded with the first sound. */
const loadOutput = () => loadPart('the output of sound', () => import('./playback-output.ts'));

const route = async (context: AudioContext, deviceId: string) => (await loadOutput()).routeTo(context, deviceId);

/** Options of a {@link Speaker}. */
export interface SpeakerOptions {
  /** Where the worklet files are served; inline when absent. */
  readonly workletUrl?: WorkletUrl;
  /** A context to play in; it stays the caller's and is not closed. @defaultValue one of its own, made when needed */
  readonly audioContext?: AudioContext;
}

/** Options of one source of a {@link Speaker}. */
export interface PlaybackSourceOptions {
  /** Rate of the samples that will be pushed. */
  readonly sampleRate: 16_000 | 24_000 | 48_000;
  /**
   * Whether it is a microphone: a delay that piled up is then skipped, not kept. @defaultValue `true` at 16 kHz, where
   * people's microphones are, `false` at 24 kHz, where the model is
   */
  readonly live?: boolean;
}

/** Events of a {@link Speaker}. */
export interface SpeakerEvents {
  canPlayChanged: { readonly canPlay: boolean };
  /** Nothing will be heard: there is no audio here, or the worklet could not be loaded. */
  failed: { readonly error: LiveClientError };
}

/** What is made once the first sound is due. */
interface Output {
  readonly context: AudioContext;
  readonly gain: GainNode;
}

/**
 * Plays several people and the model at once: one audio context, one worklet node for each source.
 *
 * Nothing is opened before the first {@link source} or {@link resume}, so it can be made on a server too.
 */
export class Speaker {
  readonly #emitter: Emitter<SpeakerEvents> = new Emitter<SpeakerEvents>();
  readonly #workletUrl: WorkletUrl | undefined;
  readonly #givenContext: AudioContext | undefined;
  readonly #sources = new Map<
    string,
    { readonly playback: WorkletPlayback; readonly options: PlaybackSourceOptions }
  >();
  #output: Output | null = null;
  #canPlay = false;
  #volume = 1;
  #duckedBy = 0;
  #outputDeviceId = '';
  #disposed = false;

  constructor({ workletUrl, audioContext }: SpeakerOptions = {}) {
    checkWorkletUrl(workletUrl);
    this.#workletUrl = workletUrl;
    this.#givenContext = audioContext;
  }

  /** Whether sound is heard: `false` until the browser's autoplay policy lets the context run. */
  get canPlay(): boolean {
    return this.#canPlay;
  }

  /** Volume of everything, 0 to 1. */
  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    checkVolume(volume);
    this.#volume = volume;
    this.#applyVolume();
  }

  /**
   * Share by which everything is quieter for a while, beside {@link volume}: 0 for not at all, 1 for silence. Changes
   * within a few tens of milliseconds.
   */
  get duckedBy(): number {
    return this.#duckedBy;
  }

  set duckedBy(share: number) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`duckedBy is ${share}; give a number from 0 to 1.`);
    if (share === this.#duckedBy) return;
    this.#duckedBy = share;
    this.#applyVolume();
  }

  /** Calls `listener` at each event until the returned function is called. */
  on<Type extends keyof SpeakerEvents>(type: Type, listener: (event: SpeakerEvents[Type]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  /**
   * Opens the output and asks the browser to let it run. Call it from a click or a key press.
   *
   * @throws {@link LiveClientError} `ERR_AUTOPLAY_BLOCKED` when the browser did not, `ERR_AUDIO_UNAVAILABLE`
   */
  async resume(): Promise<void> {
    const { context } = this.#open();
    // Loaded ahead, so that the first words do not wait for it.
    void this.#load();
    await runContext(context);
  }

  /**
   * Plays two short tones on the device and at the volume that are set, for trying out a loudspeaker; resolves when they
   * are over. Call it from a click or a key press.
   *
   * @throws {@link LiveClientError} as {@link resume} does, and `ERR_OUTPUT_DEVICE` when the output takes no sound.
   */
  async chime(): Promise<void> {
    await this.resume();
    const { context, gain } = this.#open();
    const { playChime } = await loadOutput();
    await playChime(context, gain);
  }

  /**
   * The source of this id; made at the first call. Where there is no audio, it takes samples and drops them.
   *
   * @throws RangeError when the same id was made with another rate.
   */
  source(id: string, options: PlaybackSourceOptions): PlaybackSource {
    const known = this.#sources.get(id);
    if (known) {
      if (known.options.sampleRate === options.sampleRate) return known.playback;
      throw new RangeError(
        `Source "${id}" plays at ${known.options.sampleRate} Hz and was asked for at ${options.sampleRate} Hz; dispose it first.`,
      );
    }
    const speaker = this;
    const playback = new WorkletPlayback({
      get canPlay() {
        return speaker.#canPlay;
      },
      get outputLatencyMs() {
        return speaker.#output ? outputLatencyMs(speaker.#output.context) : 0;
      },
      forget: (source) => {
        if (this.#sources.get(id)?.playback === source) this.#sources.delete(id);
      },
    });
    this.#sources.set(id, { playback, options });
    void this.#load();
    return playback;
  }

  /**
   * Plays through another device; `''` is the system's default.
   *
   * @throws {@link LiveClientError} `ERR_OUTPUT_DEVICE` when the browser cannot choose, or not this one.
   */
  async setOutputDevice(deviceId: string): Promise<void> {
    if (this.#output) await route(this.#output.context, deviceId);
    this.#outputDeviceId = deviceId;
  }

  /** Ends every source and closes the output. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const { playback } of [...this.#sources.values()]) playback.dispose();
    const output = this.#output;
    this.#output = null;
    this.#canPlay = false;
    this.#emitter.clear();
    if (!output) return;
    output.context.removeEventListener('statechange', this.#onStateChange);
    output.gain.disconnect();
    if (output.context !== this.#givenContext) await closeContext(output.context);
  }

  /** Gives a worklet to every source without one: also to those whose worklet failed, or could not be loaded before. */
  #connect({ createSink }: Awaited<ReturnType<typeof loadOutput>>, { context, gain: master }: Output): void {
    for (const { playback, options } of this.#sources.values()) {
      if (playback.isConnected) continue;
      const { sampleRate, live = sampleRate === 16_000 } = options;
      const sink = createSink(context, { sampleRate, live });
      sink.node.onprocessorerror = () => {
        playback.detach();
        this.#fail(new LiveClientError('ERR_WORKLET_FAILED', 'The playback worklet stopped with an exception.'));
      };
      sink.gain.connect(master);
      playback.attach(sink);
    }
  }

  #open(): Output {
    if (this.#disposed) throw new LiveClientError('ERR_DISPOSED', 'The speaker was disposed; make a new one.');
    if (this.#output) return this.#output;
    const context = this.#givenContext ?? createAudioContext();
    const gain = context.createGain();
    gain.gain.value = this.#volume * (1 - this.#duckedBy);
    gain.connect(context.destination);
    this.#output = { context, gain };
    context.addEventListener('statechange', this.#onStateChange);
    this.#onStateChange();
    if (this.#outputDeviceId) route(context, this.#outputDeviceId).catch((error) => this.#fail(error));
    return this.#output;
  }

  readonly #onStateChange = (): void => {
    const context = this.#output?.context;
    const canPlay = context?.state === 'running';
    if (canPlay === this.#canPlay) return;
    this.#canPlay = canPlay;
    // A phone call, a device that went away or a sleeping system suspends it; who gave a context may have wanted that.
    if (!canPlay && context && context !== this.#givenContext && context.state !== 'closed') {
      context.resume().catch(() => {});
    }
    if (canPlay) for (const { playback } of this.#sources.values()) playback.unblock();
    this.#emitter.emit('canPlayChanged', { canPlay });
  };

  /** Opens the output, and loads the worklet for every source that has none; a failure is told by the `failed` event. */
  async #load(): Promise<void> {
    try {
      const output = this.#open();
      const loaded = await loadOutput();
      await loaded.loadPlayback(output.context, this.#workletUrl);
      if (this.#output === output) this.#connect(loaded, output);
    } catch (error) {
      // What waited would come too late; what comes after a later success is heard again.
      for (const { playback } of this.#sources.values()) if (!playback.isConnected) playback.detach();
      this.#fail(error);
    }
  }

  #applyVolume(): void {
    if (this.#output) setGain(this.#output.gain, this.#volume * (1 - this.#duckedBy));
  }

  #fail(error: unknown): void {
    if (isLiveClientError(error)) this.#emitter.emit('failed', { error });
  }
}
