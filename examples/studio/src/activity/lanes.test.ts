import { describe, expect, it } from 'vitest';
import { answerDelays, toLanes } from './lanes.ts';

const span = (participantId: string, startedAt: number, endedAt: number | null) => {
  return { participantId, name: participantId, startedAt, endedAt };
};

describe('who spoke when', () => {
  it('is a lane for each, most talkative first, cut to the window, with shares of what was spoken', () => {
    const lanes = toLanes([span('ana', 0, 500), span('ben', 600, 700), span('ana', 900, null)], 1_000, 600);
    expect(lanes.map(({ participantId, spokenMs }) => [participantId, spokenMs])).toEqual([
      ['ana', 200],
      ['ben', 100],
    ]);
    expect(lanes[0]?.share).toBeCloseTo(2 / 3);
    expect(lanes[0]?.bars[0]?.start).toBe(0);
    expect(lanes[0]?.bars[1]?.end).toBe(1);
  });

  it('is empty when nobody spoke lately', () => {
    expect(toLanes([span('ana', 0, 10)], 10_000, 1_000)).toEqual([]);
  });

  it('tells how long the model took to answer, not counting what it says unasked', () => {
    const spans = [span('ana', 0, 1_000), span('model', 1_400, 2_000), span('model', 60_000, 61_000)];
    expect(answerDelays(spans)).toEqual([400]);
    expect(answerDelays([span('model', 5, 6)])).toEqual([]);
  });
});
