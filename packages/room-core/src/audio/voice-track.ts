import { FRAME_SAMPLES } from './format.ts';
import { JitterBuffer } from './jitter-buffer.ts';
import { LevelControl } from './level-control.ts';
import type { HeardMicrophone, LeftOut } from './same-voice.ts';
import { VoiceActivity } from './voice-activity.ts';

/** Frames that are kept for whoever plays this voice later: 1.28 s. A power of two. */
const KEPT_FRAMES = 64;
const MASK = KEPT_FRAMES - 1;
/** Speech that is noticed now began at most so many frames ago. */
const NOTICE_FRAMES = 5;

/**
 * One microphone: its audio in time, whether there is speech in it, and its last second. Frames are counted from 0; every
 * tick adds one, whether its audio has come or not.
 */
export class VoiceTrack {
  readonly connectionId: string;
  readonly participantId: string;
  readonly buffer: JitterBuffer = new JitterBuffer();
  readonly voice: VoiceActivity = new VoiceActivity();
  readonly level: LevelControl = new LevelControl();
  /** Made once: three views of each frame per tick would be the mixer's only garbage. */
  readonly #frames: readonly Int16Array[] = kept();
  readonly #voiced = new Uint8Array(KEPT_FRAMES);
  #live = 0;
  #onsetAt = 0;
  #lastVoicedAt = -1;
  #loudness = 0;
  /** Whether its owner says that it is on. */
  open = false;
  /** Whether the sender's own detector hears speech. */
  claimed = false;
  /** What others were told last. */
  toldSpeaking = false;
  ticksSinceAudio = 0;
  /** Why it is not heard; `null`: it is. */
  leftOut: LeftOut | null = null;
  /** The next frame that is to be played. */
  readAt = 0;

  constructor(connectionId: string, participantId: string) {
    this.connectionId = connectionId;
    this.participantId = participantId;
  }

  /** Frames taken so far. */
  get live(): number {
    return this.#live;
  }

  /** Where the speech that goes on began. */
  get onsetAt(): number {
    return this.#onsetAt;
  }

  /** The last frame with speech; -1 before the first. */
  get lastVoicedAt(): number {
    return this.#lastVoicedAt;
  }

  /** Mean power over about 200 ms; full scale is 1. */
  get loudness(): number {
    return this.#loudness;
  }

  /** Whether its owner speaks, as far as anybody is told. */
  get speaks(): boolean {
    return this.voice.speaking && this.leftOut === null;
  }

  /** The newest frame, for comparing it with others. */
  get newest(): HeardMicrophone {
    const { buffer, participantId, loudness, voice } = this;
    const frame = this.frameAt(this.#live - 1);
    return { participantId, loudness, sending: !buffer.idle, speaking: voice.speaking, frame };
  }

  /** Takes the next frame out of the jitter buffer. */
  takeFrame(): void {
    const frame = this.frameAt(this.#live);
    const wasSpeaking = this.voice.speaking;
    if (this.buffer.pull(frame)) this.voice.process(frame, this.claimed);
    else this.voice.processSilence();
    if (!wasSpeaking && this.voice.speaking) this.#onsetAt = Math.max(0, this.#live - NOTICE_FRAMES + 1);
    if (this.voice.voiced) {
      this.#lastVoicedAt = this.#live;
      this.level.observe(this.voice.levelDb);
    }
    this.#loudness += (10 ** (this.voice.levelDb / 10) - this.#loudness) / 10;
    this.#voiced[this.#live & MASK] = this.voice.voiced ? 1 : 0;
    this.#live += 1;
    this.ticksSinceAudio += 1;
    this.readAt = Math.max(this.readAt, this.oldest);
  }

  /** The oldest frame that is kept. */
  get oldest(): number {
    return Math.max(0, this.#live - KEPT_FRAMES + 1);
  }

  /** A view of a kept frame. */
  frameAt(index: number): Int16Array {
    return this.#frames[index & MASK] as Int16Array;
  }

  /** Whether a kept frame has speech. */
  voicedAt(index: number): boolean {
    return this.#voiced[index & MASK] === 1;
  }
}

function kept(): readonly Int16Array[] {
  const all = new Int16Array(KEPT_FRAMES * FRAME_SAMPLES);
  return Array.from({ length: KEPT_FRAMES }, (_, n) => all.subarray(n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES));
}
