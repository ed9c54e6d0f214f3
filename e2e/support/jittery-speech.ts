import type { ScriptedModel } from './scripted-model.ts';

const CHUNK_MS = 40;

/**
 * The model speaks a tone in real time, in chunks of 40 ms that each come up to `spreadMs` late, in order. Resolves when
 * all was said.
 */
export async function speakIrregularly(model: ScriptedModel, seconds: number, spreadMs: number): Promise<void> {
  const chunk = (24_000 * CHUNK_MS) / 1_000;
  const startedAt = performance.now();
  let state = 7;
  for (let n = 0; n < (seconds * 1_000) / CHUNK_MS; n++) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    const dueAt = startedAt + n * CHUNK_MS + (state / 2 ** 32) * spreadMs;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const samples = Int16Array.from(
      { length: chunk },
      (_, index) => 12_000 * Math.sin((2 * Math.PI * 500 * (n * chunk + index)) / 24_000),
    );
    model.speak(samples);
  }
  model.say({ serverContent: { generationComplete: true } });
}
