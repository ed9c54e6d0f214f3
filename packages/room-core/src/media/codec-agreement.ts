import type { RoomCodecs } from '@colloquy/live-protocol';
import type { OpusDecoderPort } from '../ports/opus-decoder.ts';
import type { RelayMember } from './media-relay.ts';

/** What a {@link RoomCodecAgreement} is made of. */
export interface RoomCodecAgreementOptions {
  /** `null`: the room cannot hear Opus, so nobody speaks it. */
  readonly opusDecoder: OpusDecoderPort | null;
  readonly members: () => Iterable<RelayMember>;
  readonly onChanged: (codecs: RoomCodecs) => void;
  readonly onError: (error: unknown) => void;
}

const PLAIN: RoomCodecs = { audio: 'pcm16', video: 'jpeg' };

/** Which codecs senders use: the best that everybody who is present decodes, and the room itself where it listens. */
export class RoomCodecAgreement {
  readonly #options: RoomCodecAgreementOptions;
  #told: RoomCodecs = PLAIN;
  #decoder: 'none' | 'unused' | 'loading' | 'ready';

  constructor(options: RoomCodecAgreementOptions) {
    this.#options = options;
    this.#decoder = options.opusDecoder ? 'unused' : 'none';
  }

  /** Whether Opus can be decoded by now. */
  get hearsOpus(): boolean {
    return this.#decoder === 'ready';
  }

  /** The best for those who are here. */
  best(): RoomCodecs {
    const { opus, vp8 } = this.#common();
    return { audio: opus && this.hearsOpus ? 'opus' : 'pcm16', video: vp8 ? 'vp8' : 'jpeg' };
  }

  /** Somebody came or went. */
  membersChanged(): void {
    if (this.#decoder === 'unused' && this.#common().opus) this.#load();
    const codecs = this.best();
    if (codecs.audio === this.#told.audio && codecs.video === this.#told.video) return;
    this.#told = codecs;
    this.#options.onChanged(codecs);
  }

  #common(): { readonly opus: boolean; readonly vp8: boolean } {
    let [opus, vp8, isAnybodyHere] = [true, true, false];
    for (const { receiver } of this.#options.members()) {
      if (receiver === null) continue;
      isAnybodyHere = true;
      opus &&= receiver.abilities.opus;
      vp8 &&= receiver.abilities.vp8;
    }
    return { opus: isAnybodyHere && opus, vp8: isAnybodyHere && vp8 };
  }

  #load(): void {
    const { onError, opusDecoder } = this.#options;
    this.#decoder = 'loading';
    opusDecoder?.load().then(
      () => {
        this.#decoder = 'ready';
        this.membersChanged();
      },
      (error: unknown) => {
        // Rooms go on with PCM16; the next one that is opened tries again.
        this.#decoder = 'none';
        onError(error);
      },
    );
  }
}
