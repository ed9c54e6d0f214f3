import type { FakeClock } from '../../src/testing/fake-clock.ts';

/** Lets time go on until `done` has settled. */
export async function runUntil<T>(clock: FakeClock, done: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = done.finally(() => {
    isDone = true;
  });
  settled.catch(() => {});
  while (!isDone) await clock.run(250, 250);
  return settled;
}
