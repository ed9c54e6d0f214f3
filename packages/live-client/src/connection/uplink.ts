/** How much may wait in the socket before media is dropped. */
export interface UplinkLimits {
  /** Bytes of sound beyond which the network does not carry it: what waits is old, and more would be older. */
  readonly maxAudioBytes: number;
  /** Bytes beyond which no picture is added: pictures yield before the voice does. */
  readonly maxPictureBytes: number;
}

/**
 * Decides which media go out. A picture is many times larger than a frame of sound, so those that were just sent do not
 * count against the voice until they have left.
 */
export class Uplink {
  readonly #bufferedAmount: () => number;
  readonly #limits: UplinkLimits;
  /** Of the pictures that were sent since less waited than the voice may wait behind. */
  #pictureBytes = 0;

  constructor(bufferedAmount: () => number, limits: UplinkLimits) {
    this.#bufferedAmount = bufferedAmount;
    this.#limits = limits;
  }

  /** Bytes that wait in the socket. */
  get pressure(): number {
    return this.#bufferedAmount();
  }

  takesAudio(): boolean {
    const waiting = this.#bufferedAmount();
    if (waiting <= this.#limits.maxAudioBytes) this.#pictureBytes = 0;
    return waiting <= this.#limits.maxAudioBytes + this.#pictureBytes;
  }

  takesPicture(): boolean {
    return this.#bufferedAmount() <= this.#limits.maxPictureBytes;
  }

  /** A picture of so many bytes went into the socket, and waits there now. */
  pictureSent(bytes: number): void {
    if (this.#bufferedAmount() - bytes <= this.#limits.maxAudioBytes) this.#pictureBytes = 0;
    this.#pictureBytes += bytes;
  }
}
