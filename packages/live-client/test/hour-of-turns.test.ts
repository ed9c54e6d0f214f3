import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PlaybackEngine } from '../src/audio/playback-engine.ts';
import { sine16 } from './tones.ts';

/** A turn begins each 5 s, and says this much unless it is interrupted after half of it. */
const TURN_SECONDS = 5;
const SPOKEN_MS = 4_000;
const CHUNK_MS = 40;
/** Above the noise of a collected heap, and less than a tenth of the samples that come meanwhile. */
const GROWTH_BYTES = 1_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is held now: objects, and the samples, which are outside of the heap. */
function heldBytes(): number {
  // What the first collection finds unused may hold what only the second one frees.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('turns of the model, every third interrupted', () => {
  // The change of rate for a part of it: an hour would take half a minute of work.
  it.each([
    { sourceRate: 8_000, contextRate: 8_000, minutes: 60, warmMinutes: 5 },
    { sourceRate: 24_000, contextRate: 48_000, minutes: 5, warmMinutes: 1 },
  ])(
    'are heard to where they should be for $minutes minutes from $sourceRate to $contextRate Hz, and nothing is kept of them',
    ({ sourceRate, contextRate, minutes, warmMinutes }) => {
      const engine = new PlaybackEngine({ sourceRate, contextRate, live: false });
      const chunk = sine16(400, sourceRate, (CHUNK_MS * sourceRate) / 1_000);
      const quantum = new Float32Array(128);
      const turns = (minutes * 60) / TURN_SECONDS;
      const wrong: string[] = [];
      let rendered = 0;
      let warm = 0;
      for (let turn = 1; turn <= turns; turn++) {
        const beganMs = (turn - 1) * TURN_SECONDS * 1_000;
        const isInterrupted = turn % 3 === 0;
        let wasInterrupted = false;
        let pushed = 0;
        for (;;) {
          const nowMs = (rendered / contextRate) * 1_000 - beganMs;
          if (nowMs >= TURN_SECONDS * 1_000) break;
          if (isInterrupted && !wasInterrupted && nowMs >= SPOKEN_MS / 2) {
            wasInterrupted = true;
            engine.interrupt(turn);
          }
          // Up to 60 ms late; what comes after the interruption is on its way already.
          while (pushed * CHUNK_MS < SPOKEN_MS && nowMs >= pushed * CHUNK_MS + (pushed % 4) * 20) {
            engine.push(chunk, turn, beganMs + nowMs);
            pushed += 1;
            if (pushed * CHUNK_MS === SPOKEN_MS) engine.end();
          }
          engine.render(quantum);
          rendered += quantum.length;
        }
        const { heardTurn, heardMs, queuedMs } = engine.statistics();
        const isHeard = isInterrupted ? heardMs > 1_500 && heardMs < 2_100 : heardMs === SPOKEN_MS;
        const isSilent = quantum.every((sample) => sample === 0);
        if (heardTurn !== turn || !isHeard || !isSilent || queuedMs !== 0) {
          wrong.push(`turn ${turn}: ${heardMs} ms of turn ${heardTurn}, ${queuedMs} ms wait, silent: ${isSilent}`);
        }
        if (turn === (warmMinutes * 60) / TURN_SECONDS) warm = heldBytes();
      }
      const grown = heldBytes() - warm;
      expect(wrong.slice(0, 5)).toEqual([]);
      const { receivedSamples, playedSamples, droppedSamples, underruns } = engine.statistics();
      expect(underruns).toBe(0);
      expect(receivedSamples).toBe((turns * SPOKEN_MS * sourceRate) / 1_000);
      expect(playedSamples + droppedSamples).toBe(receivedSamples);
      expect(grown, `bytes more than after ${warmMinutes} minutes`).toBeLessThan(GROWTH_BYTES);
    },
    60_000,
  );
});
