import { FRAME_SAMPLES, MAX_CHUNK_SAMPLES } from '../audio/format.ts';
import { JitterBuffer } from '../audio/jitter-buffer.ts';
import { Mixer } from '../audio/mixer.ts';
import type { TickClock } from '../audio/tick-clock.ts';
import { VoiceActivity } from '../audio/voice-activity.ts';

/** Where the mix goes and who is told of speech. */
export interface MicrophonesOptions {
  readonly ticks: TickClock;
  /** Microphones that are mixed at the same time. */
  readonly maxMicrophones: number;
  /** Takes one frame of the mix per tick; its buffer is used again. */
  readonly onMixed: (frame: Int16Array) => void;
  /** Everybody has been silent for a second: no more frames until somebody speaks again. */
  readonly onPaused: () => void;
  /** Called before `onMixed` for every person with speech in that frame. */
  readonly onVoiced: (participantId: string) => void;
  readonly onSpeaking: (participantId: string, speaking: boolean) => void;
}

interface Microphone {
  readonly participantId: string;
  readonly buffer: JitterBuffer;
  readonly voice: VoiceActivity;
  /** Whether its owner says that it is on. */
  open: boolean;
  speaking: boolean;
  ticksSinceAudio: number;
}

/** A second of silence tells the model that nobody goes on. */
const PAUSE_AFTER_TICKS = 50;
/** A microphone that is said to be on but sends nothing for five seconds does not keep the stream alive. */
const STALLED_AFTER_TICKS = 250;

/**
 * Mixes the open microphones of a room: exactly one frame per tick while anybody's is open or was heard in the last
 * second, none otherwise.
 */
export class Microphones {
  readonly #options: MicrophonesOptions;
  /** By connection: each tab has a media time of its own. */
  readonly #microphones = new Map<string, Microphone>();
  readonly #mixer = new Mixer();
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #stop: (() => void) | null = null;
  #quietTicks = 0;

  constructor(options: MicrophonesOptions) {
    this.#options = options;
  }

  /**
   * Takes PCM16 little-endian bytes at 16 kHz, at most 100 ms.
   * @returns whether they will be heard; `false` when too many microphones speak already.
   */
  receive(connectionId: string, participantId: string, mediaTime: number, pcm: Uint8Array): boolean {
    if (pcm.byteLength > MAX_CHUNK_SAMPLES * 2) return false;
    const microphone = this.#microphone(connectionId, participantId);
    if (microphone.buffer.idle && this.#busyCount() >= this.#options.maxMicrophones) return false;
    microphone.buffer.push(mediaTime, pcm);
    microphone.ticksSinceAudio = 0;
    this.#start();
    return true;
  }

  /** The burst of this microphone is over. */
  endBurst(connectionId: string): void {
    this.#microphones.get(connectionId)?.buffer.endBurst();
  }

  /** Its owner switched it on or off. */
  setOpen(connectionId: string, participantId: string, open: boolean): void {
    const microphone = this.#microphones.get(connectionId);
    if (!microphone && !open) return;
    this.#microphone(connectionId, participantId).open = open;
    if (!open) microphone?.buffer.endBurst();
  }

  /** The connection is gone. */
  remove(connectionId: string): void {
    const microphone = this.#microphones.get(connectionId);
    if (!microphone) return;
    this.#microphones.delete(connectionId);
    if (microphone.speaking) this.#tellSpeaking(microphone.participantId);
  }

  /** Nothing is mixed any more. */
  dispose(): void {
    this.#stop?.();
    this.#stop = null;
    this.#microphones.clear();
  }

  #microphone(connectionId: string, participantId: string): Microphone {
    const known = this.#microphones.get(connectionId);
    if (known) return known;
    const added: Microphone = {
      participantId,
      buffer: new JitterBuffer(),
      voice: new VoiceActivity(),
      open: false,
      speaking: false,
      ticksSinceAudio: 0,
    };
    this.#microphones.set(connectionId, added);
    return added;
  }

  #busyCount(): number {
    let count = 0;
    for (const { buffer } of this.#microphones.values()) if (!buffer.idle) count += 1;
    return count;
  }

  #start(): void {
    this.#quietTicks = 0;
    this.#stop ??= this.#options.ticks.subscribe(() => this.#tick());
  }

  #tick(): void {
    let alive = false;
    for (const microphone of this.#microphones.values()) {
      const heard = microphone.buffer.pull(this.#frame);
      microphone.ticksSinceAudio += 1;
      if (heard) {
        microphone.voice.process(this.#frame);
        this.#mixer.add(this.#frame);
      } else {
        microphone.voice.processSilence();
      }
      if (microphone.voice.voiced) this.#options.onVoiced(microphone.participantId);
      if (microphone.speaking !== microphone.voice.speaking) {
        microphone.speaking = microphone.voice.speaking;
        this.#tellSpeaking(microphone.participantId);
      }
      const open = microphone.open && microphone.ticksSinceAudio < STALLED_AFTER_TICKS;
      alive ||= open || !microphone.buffer.idle;
    }
    this.#options.onMixed(this.#mixer.finish());
    this.#quietTicks = alive ? 0 : this.#quietTicks + 1;
    if (this.#quietTicks >= PAUSE_AFTER_TICKS) this.#pause();
  }

  #pause(): void {
    this.#stop?.();
    this.#stop = null;
    this.#options.onPaused();
  }

  /** A person speaks when any of their microphones does. */
  #tellSpeaking(participantId: string): void {
    let speaking = false;
    for (const microphone of this.#microphones.values()) {
      speaking ||= microphone.participantId === participantId && microphone.speaking;
    }
    this.#options.onSpeaking(participantId, speaking);
  }
}
