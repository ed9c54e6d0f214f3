/** Where decoded sound goes. */
export interface OpusDecoderPort {
  /** PCM16, mono; the callee may keep it. */
  readonly samples: (samples: Int16Array<ArrayBuffer>, sampleRate: number) => void;
  /** Everything before {@link OpusDecoder.end} was given out. */
  readonly burstEnded: () => void;
}

/** What is asked for; engines answer with the rate they like, mostly 48 kHz. */
const SAMPLE_RATE = 48_000;
const PACKET_US = 20_000;
/** Failures in a row after which a voice stays silent: something is wrong with its sender, and every retry costs. */
const MAX_FAILURES = 20;

/** Decodes one person's voice. A packet that cannot be decoded costs that packet. */
export class OpusDecoder {
  readonly #port: OpusDecoderPort;
  #decoder: AudioDecoder | null = null;
  #timestamp = 0;
  #failures = 0;
  #closed = false;

  constructor(port: OpusDecoderPort) {
    this.#port = port;
  }

  decode(packet: Uint8Array): void {
    if (this.#closed || this.#failures >= MAX_FAILURES) return;
    try {
      this.#decoder ??= this.#open();
      this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: this.#timestamp, data: packet }));
      this.#timestamp += PACKET_US;
    } catch {
      this.#failed();
    }
  }

  /** The speaker pauses. */
  end(): void {
    const decoder = this.#decoder;
    if (decoder?.state !== 'configured') {
      this.#port.burstEnded();
      return;
    }
    const tell = () => {
      if (!this.#closed) this.#port.burstEnded();
    };
    // A failure is told by the decoder itself; the burst is over in any case.
    decoder.flush().then(tell, tell);
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #open(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => this.#output(data),
      error: () => {
        if (this.#decoder === decoder) this.#failed();
      },
    });
    decoder.configure({ codec: 'opus', sampleRate: SAMPLE_RATE, numberOfChannels: 1 });
    return decoder;
  }

  #output(data: AudioData): void {
    const { numberOfFrames, sampleRate } = data;
    const channel = new Float32Array(numberOfFrames);
    data.copyTo(channel, { planeIndex: 0, format: 'f32-planar' });
    data.close();
    this.#failures = 0;
    if (this.#closed) return;
    const samples = new Int16Array(numberOfFrames);
    for (let index = 0; index < numberOfFrames; index += 1) {
      samples[index] = Math.round(Math.min(1, Math.max(-1, channel[index] ?? 0)) * 32_767);
    }
    this.#port.samples(samples, sampleRate);
  }

  #failed(): void {
    this.#failures += 1;
    this.#drop();
  }

  #drop(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}
