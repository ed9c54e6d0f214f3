import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { TickClock } from './tick-clock.ts';

describe('tick clock', () => {
  it('TICK1 ticks once per 20 ms without drift, though every timer is late', () => {
    const clock = new FakeClock();
    const late = { ...bound(clock), setTimer: (ms: number, task: () => void) => clock.setTimer(ms + 3.7, task) };
    const ticks = new TickClock(late);
    let count = 0;
    ticks.subscribe(() => {
      count += 1;
    });
    clock.advance(60_000);
    expect(count).toBeGreaterThanOrEqual(2999);
    expect(count).toBeLessThanOrEqual(3000);
  });

  it('TICK2 makes up for a stall of 300 ms, five ticks at a time', () => {
    const clock = new FakeClock();
    const ticks = new TickClock(clock);
    const at: number[] = [];
    ticks.subscribe(() => at.push(clock.monotonic()));
    clock.advance(100);
    clock.stall(300);
    clock.advance(0);
    expect(at).toHaveLength(5 + 15);
    clock.advance(100);
    expect(at).toHaveLength(25);
    expect(ticks.skipped).toBe(0);
  });

  it('TICK3 skips a stall of more than 500 ms instead of flooding', () => {
    const clock = new FakeClock();
    const ticks = new TickClock(clock);
    let count = 0;
    ticks.subscribe(() => {
      count += 1;
    });
    clock.advance(100);
    clock.stall(2000);
    clock.advance(0);
    expect(count).toBe(6);
    expect(ticks.skipped).toBe(99);
    clock.advance(1000);
    expect(count).toBe(56);
  });

  it('TICK4 has no timer while nobody listens, and survives leaving and coming within a tick', () => {
    const clock = new FakeClock();
    const ticks = new TickClock(clock);
    let count = 0;
    const stop = ticks.subscribe(() => {
      stop();
      again = ticks.subscribe(() => {
        count += 1;
      });
    });
    let again = () => {};
    clock.advance(1020);
    expect(count).toBe(50);
    expect(clock.pendingTimers).toBe(1);
    again();
    again();
    expect(clock.pendingTimers).toBe(0);
  });

  it('TICK5 goes on when a task throws, and says so', () => {
    const clock = new FakeClock();
    const errors: unknown[] = [];
    const ticks = new TickClock(clock, { onError: (error) => errors.push(error) });
    let count = 0;
    ticks.subscribe(() => {
      throw new Error('at fault');
    });
    ticks.subscribe(() => {
      count += 1;
    });
    clock.advance(100);
    expect(count).toBe(5);
    expect(errors).toHaveLength(5);
  });
});

function bound(clock: FakeClock) {
  return { now: () => clock.now(), monotonic: () => clock.monotonic() };
}
