import { describe, expect, it } from 'vitest';
import { GatedFrames, HANGOVER_FRAMES, PRE_ROLL_FRAMES } from './gated-frames.ts';

interface Numbered {
  readonly voice: boolean;
  readonly at: number;
}

/** Feeds `q` as a quiet and `V` as a loud frame; answers the numbers of those that went through. */
function feed(gate: GatedFrames<Numbered>, frames: string, from = 0) {
  return [...frames].flatMap((kind, index) => gate.take({ voice: kind === 'V', at: from + index })).map(({ at }) => at);
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('GatedFrames', () => {
  it('gives the 300 ms before somebody speaks, and no more', () => {
    expect(PRE_ROLL_FRAMES * 20).toBe(300);
    expect(feed(new GatedFrames(), 'q'.repeat(100))).toEqual([]);
    expect(feed(new GatedFrames(), `${'q'.repeat(100)}VV`)).toEqual(range(85, 102));
    expect(feed(new GatedFrames(), 'qqV')).toEqual([0, 1, 2]);
  });

  it('lets the pause after a sentence through, so that the other end hears that it is over', () => {
    const gate = new GatedFrames<Numbered>();
    expect(feed(gate, `V${'q'.repeat(100)}`)).toEqual(range(0, 1 + HANGOVER_FRAMES));
    expect(gate.isOpen).toBe(false);
  });

  it('gives every frame once when speech comes again', () => {
    const gate = new GatedFrames<Numbered>();
    const through = feed(gate, `V${'q'.repeat(HANGOVER_FRAMES + 5)}V`);
    expect(through).toEqual(range(0, HANGOVER_FRAMES + 7));
  });

  it('forgets what it kept when the microphone paused', () => {
    const gate = new GatedFrames<Numbered>();
    feed(gate, 'qqqq');
    gate.reset();
    expect(feed(gate, 'V', 4)).toEqual([4]);
  });
});
