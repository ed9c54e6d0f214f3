import type { MediaAbilities } from '@colloquy/live-protocol';

/** What is loaded when it is needed. */
export type PeopleCodecs = typeof import('./people-codecs.ts');

/** Loads the codecs of people's voices and pictures, and says what of them this browser can do. */
export class CodecLoader {
  readonly #isWanted: boolean;
  readonly #load: () => Promise<PeopleCodecs>;
  #loading: Promise<PeopleCodecs | null> | null = null;
  #loaded: PeopleCodecs | null = null;
  #abilities: MediaAbilities | null = null;

  /** @param isWanted - `false`: PCM16 and JPEG only. */
  constructor(isWanted: boolean, load: () => Promise<PeopleCodecs> = () => import('./people-codecs.ts')) {
    this.#isWanted = isWanted;
    this.#load = load;
  }

  /** The codecs, once they are there. */
  get loaded(): PeopleCodecs | null {
    return this.#loaded;
  }

  /** `null` when they cannot be loaded: the next call tries again. */
  load(): Promise<PeopleCodecs | null> {
    this.#loading ??= this.#load().then(
      (codecs) => {
        this.#loaded = codecs;
        return codecs;
      },
      () => {
        this.#loading = null;
        return null;
      },
    );
    return this.#loading;
  }

  /** What this browser decodes, as `hello` tells it; `null` when that is no more than everybody does. */
  get abilities(): MediaAbilities | null {
    return this.#abilities;
  }

  /** Whether {@link find} has something to find: without WebCodecs nothing is loaded. */
  get isWorthAsking(): boolean {
    return this.#isWanted && (typeof AudioDecoder === 'function' || typeof VideoDecoder === 'function');
  }

  /** Finds out what this browser decodes. */
  async find(): Promise<void> {
    const codecs = await this.load();
    if (!codecs) return;
    const [opus, vp8] = await Promise.all([
      decodes(() => AudioDecoder.isConfigSupported({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 })),
      decodes(() => VideoDecoder.isConfigSupported(codecs.VP8_DECODER_CONFIG)),
    ]);
    this.#abilities = { ...(opus && { audio: ['opus'] }), ...(vp8 && { video: ['vp8'] }) };
  }
}

async function decodes(ask: () => Promise<{ supported?: boolean }>): Promise<boolean> {
  try {
    return (await ask()).supported === true;
  } catch {
    // The class is missing, or the browser knows the codec's name so little that it refuses the question.
    return false;
  }
}
