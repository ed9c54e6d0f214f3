import { execFile } from 'node:child_process';
import { resample } from '../audio/resampler.ts';
import { readWav } from '../audio/wav.ts';
import { LiveEmulatorError } from '../errors.ts';
import { SeededRandom } from '../random.ts';
import { VOICE_RATE, type Voice, type VoiceRequest } from './voice.ts';

/** Options of {@link EspeakVoice}. */
export interface EspeakVoiceOptions {
  /**
   * Program to run.
   * @defaultValue 'espeak-ng'
   */
  readonly command?: string;
  /**
   * Language to speak, as espeak-ng names it.
   * @defaultValue 'en-us'
   */
  readonly language?: string;
}

/** Longest a sentence may take to synthesise; far more than any takes, so only a hung program meets it. */
const SYNTHESIS_TIMEOUT_MS = 15_000;
/** Room for about a minute and a half of speech. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const VARIANTS = ['f2', 'f3', 'f4', 'm1', 'm3', 'm7'] as const;

/** Real words from the `espeak-ng` program of the machine. What it says may differ from one version to the next. */
export class EspeakVoice implements Voice {
  readonly #command: string;
  readonly #language: string;

  constructor(options: EspeakVoiceOptions = {}) {
    this.#command = options.command ?? 'espeak-ng';
    this.#language = options.language ?? 'en-us';
  }

  /** @throws {@link LiveEmulatorError} `ERR_EMULATOR_VOICE` when the program is missing or fails. */
  async synthesize(request: VoiceRequest): Promise<Int16Array> {
    if (!/[\p{L}\p{N}]/u.test(request.text)) return new Int16Array(0);
    const spoken = readWav(
      await this.#run([...this.#character(request.voiceName), '--stdin', '--stdout'], request.text),
    );
    return resample(spoken.samples, spoken.sampleRate, VOICE_RATE);
  }

  /** Every voice name has its own variant and pitch, always the same. */
  #character(voiceName: string | null): string[] {
    const random = new SeededRandom(`voice/${voiceName ?? 'default'}`);
    return ['-v', `${this.#language}+${random.pick(VARIANTS)}`, '-s', '165', '-p', String(random.integer(35, 65))];
  }

  #run(args: readonly string[], input: string): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        this.#command,
        args,
        { encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES, timeout: SYNTHESIS_TIMEOUT_MS },
        (error, stdout) => {
          if (error) reject(this.#failed(error));
          else resolve(stdout);
        },
      );
      // A program that ends early closes its input; the callback above reports why it ended.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }

  #failed(cause: Error): LiveEmulatorError {
    const why = 'code' in cause && cause.code === 'ENOENT' ? 'is not installed' : `failed (${cause.message.trim()})`;
    return new LiveEmulatorError(
      'ERR_EMULATOR_VOICE',
      `The voice program "${this.#command}" ${why}. Install it (Debian: apt-get install espeak-ng) or choose the voice 'synthetic'.`,
      { cause },
    );
  }
}
