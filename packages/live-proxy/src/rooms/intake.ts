import { type MediaFrame, MediaKind, type RoomClientMessage } from '@colloquy/live-protocol';
import { TokenBucket } from '../token-bucket.ts';
import type { RoomServerLimits } from './limits.ts';

/** `flood`: the client was told to slow down many times and did not. */
export type Admission = 'admitted' | 'refused' | 'flood';

/** How fast one client may send; what is over the limit is refused, and a client that keeps on is a flood. */
export class Intake {
  readonly #messages: TokenBucket;
  readonly #texts: TokenBucket;
  readonly #audioFrames: TokenBucket;
  readonly #audioBytes: TokenBucket;
  readonly #pictures: TokenBucket;
  readonly #excess: TokenBucket;

  constructor(limits: RoomServerLimits, nowMs: number) {
    const bucket = (perSecond: number, burstSeconds: number) =>
      new TokenBucket(perSecond, Math.max(1, perSecond * burstSeconds), nowMs);
    this.#messages = bucket(limits.messagesPerSecond, 2);
    this.#texts = bucket(limits.textsPerSecond, 2);
    this.#audioFrames = bucket(limits.audioFramesPerSecond, 1);
    this.#audioBytes = bucket(limits.audioBytesPerSecond, 1);
    this.#pictures = bucket(limits.picturesPerSecond, 2);
    // Forgives in a minute what it takes at once: a stalled tab that bursts is no attack.
    this.#excess = new TokenBucket(limits.maxExcess / 60, limits.maxExcess, nowMs);
  }

  message(message: RoomClientMessage, nowMs: number): Admission {
    const admitted = this.#messages.take(1, nowMs) && (message.type !== 'pub' || this.#texts.take(1, nowMs));
    return this.#admission(admitted, nowMs);
  }

  frame(frame: MediaFrame, nowMs: number): Admission {
    const admitted =
      frame.kind === MediaKind.personAudio
        ? this.#audioFrames.take(1, nowMs) && this.#audioBytes.take(frame.payload.byteLength, nowMs)
        : this.#pictures.take(1, nowMs);
    return this.#admission(admitted, nowMs);
  }

  #admission(admitted: boolean, nowMs: number): Admission {
    if (admitted) return 'admitted';
    return this.#excess.take(1, nowMs) ? 'refused' : 'flood';
  }
}
