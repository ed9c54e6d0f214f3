import { MediaKind } from '@colloquy/live-protocol';
import type { RoomServerLimits } from './limits.ts';

/** What to do with something that is to be sent to a client. */
export type SendVerdict = 'send' | 'hold' | 'drop' | 'close';

/**
 * What a slow client still gets: pictures are dropped first; audio waits until there is room, and is dropped when it is too
 * old or too much; messages are never dropped. When even those pile up, or nothing leaves the socket any more, the client is
 * closed and may resume. Time and the socket's backlog are given by the caller.
 */
export class SendBudget {
  readonly #limits: RoomServerLimits;
  #sentBytes = 0;
  #leftBytes = 0;
  #leftAtMs: number;

  constructor(limits: RoomServerLimits, nowMs: number) {
    this.#limits = limits;
    this.#leftAtMs = nowMs;
  }

  /** Judges a JSON message. */
  message(bufferedBytes: number): SendVerdict {
    return over(bufferedBytes, this.#limits.maxBufferedBytes) ? 'close' : 'send';
  }

  /** Judges a media frame by its {@link MediaKind}. */
  media(kind: number | undefined, bufferedBytes: number): SendVerdict {
    if (over(bufferedBytes, this.#limits.maxBufferedBytes)) return 'close';
    const isAudio = kind === MediaKind.personAudio || kind === MediaKind.modelAudio;
    const { audioBufferBytes, liveBufferBytes, pictureBufferBytes } = this.#limits;
    if (over(bufferedBytes, isAudio ? audioBufferBytes : pictureBufferBytes)) return 'drop';
    return isAudio && over(bufferedBytes, liveBufferBytes) ? 'hold' : 'send';
  }

  /** Whether audio that waited may go now. */
  hasRoom(bufferedBytes: number): boolean {
    return !over(bufferedBytes, this.#limits.liveBufferBytes);
  }

  /** Counts what was given to the socket. */
  sent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** Whether bytes have been waiting for longer than the limit without one of them leaving. Ask every few seconds. */
  isStuck(bufferedBytes: number, nowMs: number): boolean {
    const leftBytes = this.#sentBytes - bufferedBytes;
    // Frame headers wait in the socket without being counted, so only growth is progress.
    if (bufferedBytes === 0 || leftBytes > this.#leftBytes) {
      this.#leftBytes = leftBytes;
      this.#leftAtMs = nowMs;
      return false;
    }
    return this.#limits.stuckTimeoutMs > 0 && nowMs - this.#leftAtMs >= this.#limits.stuckTimeoutMs;
  }
}

function over(bytes: number, limit: number): boolean {
  return limit > 0 && bytes > limit;
}
