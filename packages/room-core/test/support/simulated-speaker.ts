import { MediaCodec, MediaFlag, MediaKind, type RoomClientMessage } from '@colloquy/live-protocol';
import type { RoomConnection } from '../../src/room-connection.ts';
import { toPcmBytes } from '../../src/testing/signals.ts';

/** When somebody speaks, in milliseconds. */
export interface Phrase {
  readonly who: string;
  readonly from: number;
  readonly to: number;
}

export interface SpeakerHabits {
  readonly name: string;
  /** A multiple of 50 Hz, so that tones are told apart in one frame. */
  readonly frequency: number;
  /** How long frames are under way at most; they arrive in order. */
  readonly jitterMs?: number;
  /** Share of frames that never arrive. */
  readonly loss?: number;
  /** 1.005: its clock is 0.5 % fast. */
  readonly clockRate?: number;
  /** Sends only speech, with the end of each burst, as a browser does; otherwise all the time. */
  readonly gated?: boolean;
}

/** A microphone with a network behind it: a tone with syllables while its person speaks, soft noise otherwise. */
export class SimulatedSpeaker {
  readonly habits: SpeakerHabits;
  /** When what never arrives was said, in milliseconds. */
  readonly lostAt: number[] = [];
  readonly #connection: RoomConnection;
  readonly #phrases: readonly Phrase[];
  readonly #random: () => number;
  readonly #underWay: { readonly at: number; readonly send: () => void }[] = [];
  #index = 0;
  #arrivesAt = 0;
  #inBurst = false;

  constructor(connection: RoomConnection, habits: SpeakerHabits, phrases: readonly Phrase[], random: () => number) {
    this.#connection = connection;
    this.habits = habits;
    this.#phrases = phrases.filter(({ who }) => who === habits.name);
    this.#random = random;
  }

  /** Sends a message behind the audio recorded so far, over the same socket. */
  say(message: RoomClientMessage): void {
    this.#underWay.push({ at: this.#arrivesAt, send: () => this.#connection.receive(message) });
  }

  /** Records until `now` and delivers what has arrived by then. */
  run(now: number): void {
    const { clockRate = 1, jitterMs = 0, loss = 0 } = this.habits;
    for (; ((this.#index + 1) * 20) / clockRate <= now; this.#index += 1) {
      const send = this.#record(this.#index);
      this.#arrivesAt = Math.max(this.#arrivesAt, now + this.#random() * jitterMs);
      if (!send) continue;
      if (this.#random() >= loss) this.#underWay.push({ at: this.#arrivesAt, send });
      else this.lostAt.push((this.#index * 20) / clockRate);
    }
    while (this.#underWay[0] && this.#underWay[0].at <= now) this.#underWay.shift()?.send();
  }

  #record(index: number): (() => void) | null {
    const { clockRate = 1, gated = false } = this.habits;
    const at = (index * 20) / clockRate;
    // Where its person speaks, by the time of the room.
    const speaks = this.#phrases.some(({ from, to }) => at >= from && at < to);
    const ends = this.#inBurst && !speaks;
    this.#inBurst = speaks;
    if (gated && !speaks && !ends) return null;
    const flags = gated ? (speaks ? MediaFlag.voice : MediaFlag.endOfBurst) : 0;
    const payload = toPcmBytes(this.#samples(index, speaks));
    const { personAudio: kind } = MediaKind;
    const { pcm16k: codec } = MediaCodec;
    const frame = { kind, codec, flags, participant: 0, seq: index & 0xffff, mediaTime: index * 320, turn: 0, payload };
    return () => this.#connection.receiveMedia(frame);
  }

  #samples(index: number, speaks: boolean): Int16Array {
    const { frequency } = this.habits;
    return Int16Array.from({ length: 320 }, (_, offset) => {
      const at = (index * 320 + offset) / 16_000;
      const noise = (this.#random() - 0.5) * 20;
      if (!speaks) return noise;
      const syllables = 0.75 + 0.25 * Math.sin(2 * Math.PI * 4 * at);
      return noise + 9_000 * syllables * Math.sin(2 * Math.PI * frequency * at);
    });
  }
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
