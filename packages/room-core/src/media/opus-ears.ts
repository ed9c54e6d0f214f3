import type { OpusDecoderPort, OpusStream } from '../ports/opus-decoder.ts';

/** What {@link OpusEars} are made of. */
export interface OpusEarsOptions {
  readonly port: OpusDecoderPort;
  /** Microphones that are decoded at the same time. */
  readonly maxStreams: number;
  readonly onError: (error: unknown) => void;
}

type Ear =
  | { readonly status: 'opening'; readonly waiting: (() => void)[] }
  | { readonly status: 'open'; readonly stream: OpusStream }
  | { readonly status: 'closed' };

/** Half a second of packets; opening a decoder takes a few milliseconds. */
const MOST_WAITING = 25;

/** One Opus decoder for each microphone that is open, made when its first packet comes. */
export class OpusEars {
  readonly #options: OpusEarsOptions;
  readonly #ears = new Map<string, { ear: Ear }>();

  constructor(options: OpusEarsOptions) {
    this.#options = options;
  }

  /**
   * Decodes a packet and hands the samples on: at once, or in order as soon as the decoder is there. A packet that cannot
   * be decoded is left out.
   * @returns `false` when there is no decoder to spare.
   */
  hear(connectionId: string, packet: Uint8Array, onPcm: (pcm: Uint8Array) => void): boolean {
    const known = this.#ears.get(connectionId);
    if (known === undefined && this.#ears.size >= this.#options.maxStreams) return false;
    const slot = known ?? this.#open(connectionId);
    const { ear } = slot;
    if (ear.status === 'open') {
      this.#decode(ear.stream, packet, onPcm);
    } else if (ear.status === 'opening' && ear.waiting.length < MOST_WAITING) {
      const kept = packet.slice();
      ear.waiting.push(() => {
        if (slot.ear.status === 'open') this.#decode(slot.ear.stream, kept, onPcm);
      });
    }
    return true;
  }

  /** The microphone is off, or its connection gone. */
  remove(connectionId: string): void {
    const slot = this.#ears.get(connectionId);
    if (!slot) return;
    this.#ears.delete(connectionId);
    const { ear } = slot;
    slot.ear = { status: 'closed' };
    if (ear.status === 'open') this.#guard(() => ear.stream.dispose());
  }

  dispose(): void {
    for (const connectionId of [...this.#ears.keys()]) this.remove(connectionId);
  }

  #open(connectionId: string): { ear: Ear } {
    const waiting: (() => void)[] = [];
    const slot: { ear: Ear } = { ear: { status: 'opening', waiting } };
    this.#ears.set(connectionId, slot);
    const { port, onError } = this.#options;
    port.open().then(
      (stream) => {
        if (slot.ear.status === 'closed') {
          this.#guard(() => stream.dispose());
          return;
        }
        slot.ear = { status: 'open', stream };
        for (const decode of waiting) decode();
      },
      (error: unknown) => {
        // The next packet tries again.
        if (this.#ears.get(connectionId) === slot) this.#ears.delete(connectionId);
        slot.ear = { status: 'closed' };
        onError(error);
      },
    );
    return slot;
  }

  #decode(stream: OpusStream, packet: Uint8Array, onPcm: (pcm: Uint8Array) => void): void {
    this.#guard(() => {
      const pcm = stream.decode(packet);
      if (pcm) onPcm(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength));
    });
  }

  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
