// Speaks the fixture phrases anew: `node scripts/make-fixture-phrases.mjs` (needs espeak-ng, and Node that strips types).
// The files are committed, so tests need no speech synthesis; run it only to change the phrases.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resample } from '../src/audio/resampler.ts';
import { readWav, writeWav } from '../src/audio/wav.ts';

const SAMPLE_RATE = 16_000;
/** Silence left on both sides, so that phrases can be told apart when they follow each other. */
const MARGIN_SECONDS = 0.1;
/** What sounds below this is margin, on the 16-bit scale. */
const QUIET = 120;
const VOICES = { ana: ['-v', 'en-us+f3', '-s', '160', '-p', '62'], ben: ['-v', 'en-gb+m3', '-s', '165', '-p', '32'] };

const folder = new URL('../fixtures/phrases/', import.meta.url);
for (const { file, text, voice } of JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'))) {
  const spoken = readWav(execFileSync('espeak-ng', [...VOICES[voice], '--stdout', text], { maxBuffer: 1 << 26 }));
  const samples = trim(resample(spoken.samples, spoken.sampleRate, SAMPLE_RATE));
  writeFileSync(new URL(file, folder), writeWav({ samples, sampleRate: SAMPLE_RATE }));
  console.log(`${file} ${(samples.length / SAMPLE_RATE).toFixed(2)} s`);
}

function trim(samples) {
  const margin = MARGIN_SECONDS * SAMPLE_RATE;
  const first = samples.findIndex((sample) => Math.abs(sample) > QUIET);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > QUIET);
  const trimmed = new Int16Array(last - first + 2 * margin);
  trimmed.set(samples.subarray(first, last), margin);
  return trimmed;
}
