import { describe, expect, it } from 'vitest';
import { scaleClock } from './clock.ts';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('fires timers in the order of their time, then of being set', async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    clock.setTimer(20, () => fired.push(`c${clock.monotonic()}`));
    clock.setTimer(10, () => fired.push(`a${clock.monotonic()}`));
    clock.setTimer(10, () => fired.push(`b${clock.monotonic()}`));
    clock.setTimer(30, () => fired.push('late'));
    await clock.advance(25);
    expect(fired).toEqual(['a10', 'b10', 'c20']);
    expect(clock.monotonic()).toBe(25);
    expect(clock.pendingTimers).toBe(1);
  });

  it('lets what a timer starts run before the next one fires', async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));
    const chain = async (): Promise<void> => {
      await wait(10);
      fired.push('chain 10');
      await Promise.resolve().then(() => {});
      await wait(5);
      fired.push('chain 15');
    };
    clock.setTimer(12, () => fired.push('timer 12'));
    const done = chain();
    await clock.advance(20);
    await done;
    expect(fired).toEqual(['chain 10', 'timer 12', 'chain 15']);
  });

  it('does not fire what was cancelled', async () => {
    const clock = new FakeClock({ startAtMs: 1_000 });
    const timer = clock.setTimer(10, () => expect.unreachable());
    timer.cancel();
    timer.cancel();
    await clock.advance(100);
    expect(clock.now()).toBe(1_100);
  });
});

describe('scaleClock', () => {
  it('makes time pass faster and waits shorter', async () => {
    const clock = new FakeClock({ startAtMs: 5_000 });
    const scaled = scaleClock(clock, 10);
    let firedAt = 0;
    scaled.setTimer(1_000, () => {
      firedAt = scaled.monotonic();
    });
    await clock.advance(100);
    expect(firedAt).toBe(1_000);
    expect(scaled.now()).toBe(6_000);
    expect(scaleClock(clock, 1)).toBe(clock);
  });
});
