import type { ClientMessageKind } from '@colloquy/live-protocol';
import type { ClientLimits } from '../client-limits.ts';
import { LiveProxyError } from '../errors.ts';
import { messageInvalid } from '../session-errors.ts';
import type { Media } from '../socket-port.ts';
import { TokenBucket } from '../token-bucket.ts';
import { type MessageScan, scanMessage } from './scan-message.ts';

/** Options of {@link ClientGate}. */
export interface ClientGateOptions {
  readonly limits: ClientLimits;
  /** Whether `allowOnly` may be called once the setup is decided; until then messages are looked at for it. */
  readonly mayBeRestricted: boolean;
  /** Milliseconds on a clock that never jumps. */
  readonly nowMs: number;
}

/** Says what a client may send, how much of it, and how fast. Without limits and permissions it costs nothing. */
export class ClientGate {
  readonly #limits: ClientLimits;
  readonly #bytes: TokenBucket;
  readonly #audioMicroseconds: TokenBucket;
  readonly #pictureSixtieths: TokenBucket;
  readonly #countsMedia: boolean;
  /** `null`: all of them. */
  #allowed: ReadonlySet<ClientMessageKind> | null = null;
  /** What came before the setup was decided. */
  #early: Set<ClientMessageKind | null | 'unreadable'> | null;
  #sawSetup = false;

  constructor({ limits, mayBeRestricted, nowMs }: ClientGateOptions) {
    const { bytesPerSecond, burstBytes, audioSecondsPerSecond, audioBurstSeconds, picturesPerMinute } = limits;
    this.#limits = limits;
    this.#bytes = new TokenBucket(bytesPerSecond, burstBytes, nowMs);
    // In whole tokens, so that a hundred times 20 ms is exactly two seconds.
    this.#audioMicroseconds = new TokenBucket(audioSecondsPerSecond * 1e6, audioBurstSeconds * 1e6, nowMs);
    this.#pictureSixtieths = new TokenBucket(picturesPerMinute, picturesPerMinute * 60, nowMs);
    this.#countsMedia = audioSecondsPerSecond > 0 || picturesPerMinute > 0;
    this.#early = mayBeRestricted ? new Set() : null;
  }

  /**
   * The setup is decided: from now on, and for what came before, only these messages are allowed; `null` allows all.
   *
   * @throws {@link LiveProxyError} when another one has come already.
   */
  allowOnly(kinds: readonly ClientMessageKind[] | null): void {
    this.#allowed = kinds === null ? null : new Set(kinds);
    const early = this.#early ?? [];
    this.#early = null;
    if (this.#allowed === null) return;
    for (const kind of early) {
      if (kind === 'unreadable') throw messageInvalid();
      if (kind === null || !this.#allowed.has(kind)) throw notAllowed(kind, this.#allowed);
    }
  }

  /** Why the message may not pass; `null` when it may. @param media What it is, if that is known already. */
  refuse(data: Buffer, nowMs: number, media: Media | null = null): LiveProxyError | null {
    if (!this.#bytes.take(data.byteLength, nowMs)) return tooFast(this.#limits, 'bytesPerSecond', 'burstBytes');
    if (!this.#sawSetup) {
      this.#sawSetup = true;
      return null;
    }
    if (!this.#countsMedia && this.#allowed === null && this.#early === null) return null;
    const found = media === null ? scanMessage(data, { media: this.#countsMedia }) : scanOf(media);
    if (found === null) return this.#refuseUnreadable();
    if (this.#early !== null) for (const kind of found.kinds) this.#early.add(kind);
    if (this.#allowed !== null) {
      for (const kind of found.kinds) {
        if (kind === null || !this.#allowed.has(kind)) return notAllowed(kind, this.#allowed);
      }
    }
    if (found.audioSeconds > 0 && !this.#audioMicroseconds.take(Math.round(found.audioSeconds * 1e6), nowMs)) {
      return tooFast(this.#limits, 'audioSecondsPerSecond', 'audioBurstSeconds');
    }
    if (found.pictures > 0 && !this.#pictureSixtieths.take(found.pictures * 60, nowMs)) {
      return tooFast(this.#limits, 'picturesPerMinute', null);
    }
    return null;
  }

  #refuseUnreadable(): LiveProxyError | null {
    // Something that cannot be read cannot be counted, and may hold what is not allowed.
    if (this.#countsMedia || this.#allowed !== null) return messageInvalid();
    this.#early?.add('unreadable');
    return null;
  }
}

const realtimeInput = ['realtimeInput'] as const;

function scanOf({ kind, audioSeconds }: Media): MessageScan {
  return { kinds: realtimeInput, audioSeconds, pictures: kind === 'picture' ? 1 : 0 };
}

function notAllowed(kind: ClientMessageKind | null, allowed: ReadonlySet<string>): LiveProxyError {
  const what = kind === null ? 'A message of a kind that is not known' : `The message ${kind}`;
  return new LiveProxyError('ERR_NOT_ALLOWED', `${what} is not allowed here; send ${[...allowed].join(', ')}.`);
}

function tooFast(limits: ClientLimits, rate: keyof ClientLimits, burst: keyof ClientLimits | null): LiveProxyError {
  const over = burst === null ? '' : ` over ${burst} ${limits[burst]}`;
  return new LiveProxyError('ERR_TOO_FAST', `More than ${rate} ${limits[rate]}${over}; send slower.`);
}
