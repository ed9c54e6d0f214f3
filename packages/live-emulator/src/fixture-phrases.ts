import { readFile } from 'node:fs/promises';
import { readWav } from './audio/wav.ts';
import { LiveEmulatorError } from './errors.ts';
import type { SpokenPhrase } from './transcriber/phrase-transcriber.ts';

/** A spoken phrase that ships with this package. */
export interface FixturePhrase extends SpokenPhrase {
  /** Name of the WAV file in {@link fixturePhrasesFolder}. */
  readonly file: string;
  /** Who speaks: phrases of the same name have the same voice. */
  readonly voice: string;
}

/** Folder of the fixture phrases: WAV files (mono, 16-bit, 16 kHz, 2–4 s) and `index.json`. */
export const fixturePhrasesFolder: URL = new URL('../fixtures/phrases/', import.meta.url);

/**
 * Six spoken phrases, three each by two voices (`ana`, `ben`), for tests of anything that handles speech.
 *
 * @throws {@link LiveEmulatorError} `ERR_EMULATOR_PHRASES` when the files are missing or broken.
 */
export async function loadFixturePhrases(): Promise<readonly FixturePhrase[]> {
  return loadPhrases(fixturePhrasesFolder);
}

/**
 * Phrases of a folder that holds WAV files and an `index.json`: an array of `{ file, text, voice }`.
 *
 * @throws {@link LiveEmulatorError} `ERR_EMULATOR_PHRASES` when the folder is not of that kind.
 */
export async function loadPhrases(folder: URL): Promise<readonly FixturePhrase[]> {
  try {
    const index: unknown = JSON.parse(await readFile(new URL('index.json', folder), 'utf8'));
    if (!Array.isArray(index)) throw new TypeError('index.json is not an array');
    return await Promise.all(index.map((entry: unknown) => loadPhrase(folder, entry)));
  } catch (cause) {
    throw new LiveEmulatorError(
      'ERR_EMULATOR_PHRASES',
      `The phrases in ${folder.pathname} cannot be read (${cause instanceof Error ? cause.message : String(cause)}). ` +
        'Give a folder with index.json, an array of { file, text, voice }, and the WAV files it names.',
      { cause },
    );
  }
}

async function loadPhrase(folder: URL, entry: unknown): Promise<FixturePhrase> {
  const { file, text, voice = '' } = entry as Record<string, unknown>;
  if (typeof file !== 'string' || typeof text !== 'string' || typeof voice !== 'string') {
    throw new TypeError(`${JSON.stringify(entry)} lacks file or text`);
  }
  const audio = readWav(await readFile(new URL(file, folder)));
  return { file, text, voice, samples: audio.samples, sampleRate: audio.sampleRate };
}
