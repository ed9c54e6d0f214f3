import { MESSAGE_OVERHEAD_BYTES } from '../message-queue.ts';
import type { ClientFrameKind, Frame } from './client-frame.ts';

/** A client's message that waits for a connection. */
export interface WaitingFrame {
  readonly frame: Frame;
  readonly kind: ClientFrameKind;
}

/**
 * Keeps what a client sends while there is no connection to the upstream, in its order and bounded in bytes. Under
 * pressure pictures go first, then the oldest audio; words never.
 */
export class WaitingFrames {
  readonly #maxBytes: number;
  #frames: WaitingFrame[] = [];
  #bytes = 0;

  /** @param maxBytes `0` is no bound. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns `false` when not even the words fit. */
  push({ frame, kind }: WaitingFrame): boolean {
    // A small message is a view into the block that was read from the network: keep the message, not the block.
    const kept = { frame: { data: Buffer.from(frame.data), isBinary: frame.isBinary }, kind };
    // Only the newest picture is worth sending later.
    if (kind.type === 'picture') this.drop(isPicture);
    this.#frames.push(kept);
    this.#bytes += frame.data.byteLength + MESSAGE_OVERHEAD_BYTES;
    while (this.#isFull()) {
      if (!this.#dropFirst(isPicture) && !this.#dropFirst(isAudio)) return false;
    }
    return true;
  }

  /** Something is more than sound and pictures. */
  get hasWords(): boolean {
    return this.#frames.some((waiting) => !isMedia(waiting));
  }

  /** Takes all, oldest first. */
  takeAll(): readonly WaitingFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }

  /** Forgets what makes no sense any more. */
  drop(matches: (waiting: WaitingFrame) => boolean): void {
    while (this.#dropFirst(matches));
  }

  #isFull(): boolean {
    return this.#maxBytes > 0 && this.#bytes > this.#maxBytes;
  }

  #dropFirst(matches: (waiting: WaitingFrame) => boolean): boolean {
    const index = this.#frames.findIndex(matches);
    if (index < 0) return false;
    const [dropped] = this.#frames.splice(index, 1);
    if (dropped === undefined) return false;
    this.#bytes -= dropped.frame.data.byteLength + MESSAGE_OVERHEAD_BYTES;
    return true;
  }
}

function isPicture({ kind }: WaitingFrame): boolean {
  return kind.type === 'picture';
}

function isAudio({ kind }: WaitingFrame): boolean {
  return kind.type === 'audio';
}

/** Sound and pictures: what may be lost. */
export function isMedia({ kind }: WaitingFrame): boolean {
  return kind.type === 'audio' || kind.type === 'picture';
}
