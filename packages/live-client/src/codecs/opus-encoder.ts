/** A packet of 20 ms. */
export interface OpusPacket {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Place of its first sample, at 16 kHz. */
  readonly mediaTime: number;
  readonly voice: boolean;
}

/** 20 ms of PCM16 at 16 kHz. */
export interface OpusInput {
  readonly samples: Int16Array<ArrayBuffer>;
  readonly mediaTime: number;
  readonly voice: boolean;
}

/** Where packets go. */
export interface OpusEncoderPort {
  readonly packet: (packet: OpusPacket) => void;
  /** Every packet of a burst was given out. */
  readonly burstEnded: () => void;
  /** Called at most once; no packet follows. */
  readonly failed: (error: unknown) => void;
}

const SAMPLE_RATE = 16_000;
const FRAME_SAMPLES = 320;

/**
 * Speech at 24 kbit/s in frames of 20 ms, with what a decoder needs to get over a lost one.
 *
 */
const OPUS_CONFIG: AudioEncoderConfig = {
  codec: 'opus',
  sampleRate: SAMPLE_RATE,
  numberOfChannels: 1,
  bitrate: 24_000,
  opus: {
    application: 'voip',
    complexity: 5,
    frameDuration: 20_000,
    packetlossperc: 5,
    signal: 'voice',
    usedtx: false,
    useinbandfec: true,
  },
} as AudioEncoderConfig;

/**
 * Encodes one microphone. Packets come out in the order of their samples; engines may keep the last one back until the
 * burst is ended, and add one that nothing was put in for, which is dropped.
 */
export class OpusEncoder {
  readonly #port: OpusEncoderPort;
  readonly #encoder: AudioEncoder;
  /** What was put in and has not come out, by burst. */
  readonly #bursts: OpusInput[][] = [[]];
  #nextTime: number | null = null;
  #closed = false;

  /** @throws an error of the browser when it does not know the codec. */
  constructor(port: OpusEncoderPort) {
    this.#port = port;
    this.#encoder = new AudioEncoder({
      output: (chunk) => this.#output(chunk),
      error: (error) => this.#fail(error),
    });
    this.#encoder.configure(OPUS_CONFIG);
  }

  encode(input: OpusInput): void {
    if (this.#closed) return;
    // A gap: what comes out is counted, so each stretch without one is a burst of its own.
    if (this.#nextTime !== null && input.mediaTime !== this.#nextTime) this.#flush(() => {});
    this.#nextTime = input.mediaTime + FRAME_SAMPLES;
    this.#bursts.at(-1)?.push(input);
    try {
      const data = new AudioData({
        format: 's16',
        sampleRate: SAMPLE_RATE,
        numberOfFrames: input.samples.length,
        numberOfChannels: 1,
        timestamp: Math.round((input.mediaTime * 1_000_000) / SAMPLE_RATE),
        data: input.samples,
      });
      this.#encoder.encode(data);
      data.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The microphone pauses: `burstEnded` is called once everything has come out. */
  end(): void {
    if (this.#closed) return;
    this.#nextTime = null;
    this.#flush(() => this.#port.burstEnded());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#encoder.state !== 'closed') this.#encoder.close();
  }

  #flush(done: () => void): void {
    this.#bursts.push([]);
    this.#encoder.flush().then(
      () => {
        this.#bursts.shift();
        if (!this.#closed) done();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #output(chunk: EncodedAudioChunk): void {
    const input = this.#bursts[0]?.shift();
    if (this.#closed || !input) return;
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    this.#port.packet({ bytes, mediaTime: input.mediaTime, voice: input.voice });
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#port.failed(error);
  }
}
