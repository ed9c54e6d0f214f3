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
  readonly #videoFrames: TokenBucket;
  readonly #videoBytes: TokenBucket;
  readonly #excess: TokenBucket;

  constructor(limits: RoomServerLimits, nowMs: number) {
    const bucket = (perSecond: number, burstSeconds: number) =>
      new TokenBucket(perSecond, Math.max(1, perSecond * burstSeconds), nowMs);
    this.#messages = bucket(limits.messagesPerSecond, 2);
    this.#texts = bucket(limits.textsPerSecond, 2);
    this.#audioFrames = bucket(limits.audioFramesPerSecond, 1);
    this.#audioBytes = bucket(limits.audioBytesPerSecond, 1);
    this.#pictures = bucket(limits.picturesPerSecond, 2);
    this.#videoFrames = bucket(limits.videoFramesPerSecond, 1);
    this.#videoBytes = bucket(limits.videoBytesPerSecond, 2);
    // Forgives in a minute what it takes at once: a stalled tab that bursts is no attack.
    this.#excess = new TokenBucket(limits.maxExcess / 60, limits.maxExcess, nowMs);
  }

  message(message: RoomClientMessage, nowMs: number): Admission {
    const admitted = this.#messages.take(1, nowMs) && (message.type !== 'pub' || this.#texts.take(1, nowMs));
    return this.#admission(admitted, nowMs);
  }

  frame(frame: MediaFrame, nowMs: number): Admission {
    return this.#admission(this.#takes(frame.kind, frame.payload.byteLength, nowMs), nowMs);
  }

  #takes(kind: MediaKind, bytes: number, nowMs: number): boolean {
    switch (kind) {
      case MediaKind.personAudio:
        return this.#audioFrames.take(1, nowMs) && this.#audioBytes.take(bytes, nowMs);
      case MediaKind.peoplePicture:
        return this.#videoFrames.take(1, nowMs) && this.#videoBytes.take(bytes, nowMs);
      default:
        return this.#pictures.take(1, nowMs);
    }
  }

  #admission(admitted: boolean, nowMs: number): Admission {
    if (admitted) return 'admitted';
    return this.#excess.take(1, nowMs) ? 'refused' : 'flood';
  }
}
