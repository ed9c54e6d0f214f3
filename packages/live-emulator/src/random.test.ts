import { describe, expect, it } from 'vitest';
import { SeededRandom } from './random.ts';

describe('SeededRandom', () => {
  it('draws the same from the same seed and something else from another', () => {
    const draw = (seed: number): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 20 }, () => random.float());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('spreads evenly', () => {
    const random = new SeededRandom('even');
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 10_000; draw += 1) counts[random.integer(0, 9)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('has forks that do not depend on what was drawn before', () => {
    const one = new SeededRandom(1);
    const two = new SeededRandom(1);
    two.float();
    expect(one.fork('a').float()).toBe(two.fork('a').float());
    expect(one.fork('a').float()).not.toBe(one.fork('b').float());
  });

  it('makes version 4 UUIDs, digits and picks', () => {
    const random = new SeededRandom(3);
    const ids = Array.from({ length: 100 }, () => random.uuid());
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(100);
    expect(random.digits(19)).toMatch(/^[1-9]\d{18}$/);
    expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    expect(random.between(2, 3)).toBeGreaterThanOrEqual(2);
  });
});
