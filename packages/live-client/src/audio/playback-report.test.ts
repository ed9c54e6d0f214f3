import { expect, it } from 'vitest';
import { sine16 } from '../../test/tones.ts';
import { PlaybackEngine } from './playback-engine.ts';
import { PlaybackReport } from './playback-report.ts';

const second = 24_000;

it('tells how far a turn was heard also through its silence, and then nothing more', () => {
  const engine = new PlaybackEngine({ sourceRate: second, contextRate: 48_000, live: false });
  const report = new PlaybackReport();
  const output = new Float32Array(1_920);
  expect(report.next(engine)).toBeNull();

  engine.push(sine16(440, second, second / 2), 1, 0);
  engine.push(new Int16Array(second / 2), 1, 0);
  engine.end();
  const told = Array.from({ length: 50 }, () => {
    engine.render(output);
    return report.next(engine);
  });
  const last = told.findLastIndex((news) => news !== null);
  expect(told[last]).toMatchObject({ level: 0, heardTurn: 1, heardWhole: true });
  expect(told[last]?.heardMs).toBeCloseTo(1_000, 0);
  // While the silence is played, and not after it.
  expect(told.slice(0, last + 1)).not.toContain(null);
  expect(last).toBeLessThan(40);
});
