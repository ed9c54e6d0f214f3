/** Decodes the Opus of one microphone. */
export interface OpusStream {
  /**
   * Decodes one packet, which is used during the call only.
   * @returns 16 kHz mono PCM16 that may be used until the next call; `null` for a packet that cannot be decoded.
   */
  decode(packet: Uint8Array): Int16Array | null;
  /** Frees it; idempotent. */
  dispose(): void;
}

/**
 * Lets rooms listen to Opus. People get Opus as it was sent; it is decoded only for the model, and to find who speaks.
 * Without a decoder rooms speak PCM16.
 */
export interface OpusDecoderPort {
  /** Called when the first person who speaks Opus has joined; Opus is announced to nobody before it resolves. */
  load(): Promise<void>;
  /** A decoder for one microphone. Called after {@link load}. */
  open(): Promise<OpusStream>;
}
