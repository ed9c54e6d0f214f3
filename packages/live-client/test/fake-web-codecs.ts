/** WebCodecs of a test: what is put in comes out when the test says so. */

interface Chunk {
  readonly byteLength: number;
  readonly type: 'key' | 'delta';
  copyTo(bytes: Uint8Array): void;
}

function chunk(bytes: readonly number[], type: 'key' | 'delta' = 'key'): Chunk {
  return { byteLength: bytes.length, type, copyTo: (target) => target.set(bytes) };
}

/** Holds frames back until it is told to give them out, and adds a packet of its own at every flush, as engines do. */
export class FakeAudioEncoder {
  static readonly made: FakeAudioEncoder[] = [];
  state = 'unconfigured';
  readonly #init: { output: (chunk: Chunk) => void; error: (error: unknown) => void };
  #held: number[] = [];
  #flushes: (() => void)[] = [];

  constructor(init: { output: (chunk: Chunk) => void; error: (error: unknown) => void }) {
    this.#init = init;
    FakeAudioEncoder.made.push(this);
  }

  configure(): void {
    this.state = 'configured';
  }

  encode(data: FakeAudioData): void {
    this.#held.push(data.first);
  }

  flush(): Promise<void> {
    const held = [...this.#held, 99];
    this.#held = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#flushes.push(() => {
      for (const first of held) this.#init.output(chunk([first]));
      resolve();
    });
    return promise;
  }

  /** Gives out what was flushed; each flush is a task of its own, as in a browser. */
  async finish(): Promise<void> {
    for (const flush of this.#flushes.splice(0)) {
      flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Gives out what was put in. */
  give(): void {
    for (const first of this.#held.splice(0)) this.#init.output(chunk([first]));
  }

  break(): void {
    this.state = 'closed';
    this.#init.error(new Error('no more memory'));
  }

  close(): void {
    this.state = 'closed';
  }
}

/** Remembers its first sample. */
export class FakeAudioData {
  readonly first: number;

  constructor({ data }: { data: Int16Array }) {
    this.first = data[0] ?? 0;
  }

  close(): void {}
}

/** An encoded chunk that was made by the page. */
export class FakeEncodedChunk {
  readonly type: 'key' | 'delta';
  readonly data: Uint8Array;

  constructor({ type, data }: { type: 'key' | 'delta'; data: Uint8Array }) {
    this.type = type;
    this.data = data;
  }
}

interface DecoderInit {
  readonly output: (decoded: unknown) => void;
  readonly error: (error: unknown) => void;
}

/** "Decodes" at once; a chunk that begins with 0 breaks it. */
class FakeDecoder {
  state = 'unconfigured';
  decodeQueueSize = 0;
  readonly #init: DecoderInit;

  constructor(init: DecoderInit) {
    this.#init = init;
  }

  configure(): void {
    this.state = 'configured';
  }

  decode({ data }: FakeEncodedChunk): void {
    if (data[0] === 0) {
      this.state = 'closed';
      this.#init.error(new Error('corrupt'));
    } else {
      this.#init.output(this.decoded(data[0] ?? 0));
    }
  }

  close(): void {
    this.state = 'closed';
  }
  protected decoded(first: number): unknown {
    return first;
  }
}

/** Its frames are the first bytes of their chunks. */
export class FakeVideoDecoder extends FakeDecoder {
  static readonly made: FakeVideoDecoder[] = [];

  constructor(init: DecoderInit) {
    super(init);
    FakeVideoDecoder.made.push(this);
  }
}

/** Its samples are the hundredths of the first bytes of their chunks, 960 at 48 kHz. */
export class FakeAudioDecoder extends FakeDecoder {
  static readonly made: FakeAudioDecoder[] = [];

  constructor(init: DecoderInit) {
    super(init);
    FakeAudioDecoder.made.push(this);
  }

  protected override decoded(first: number): object {
    const copyTo = (channel: Float32Array) => void channel.fill(first / 100);
    return { numberOfFrames: 960, sampleRate: 48_000, copyTo, close() {} };
  }
}
