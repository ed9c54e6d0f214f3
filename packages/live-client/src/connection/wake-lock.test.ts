import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WakeLock } from './wake-lock.ts';

let page: EventTarget & { visibilityState: string };
let held: number;
let asked: number;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

beforeEach(() => {
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  held = 0;
  asked = 0;
  vi.stubGlobal('document', page);
  vi.stubGlobal('navigator', {
    wakeLock: {
      request: async () => {
        asked += 1;
        held += 1;
        const release = async () => {
          held -= 1;
        };
        return { release };
      },
    },
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(visibilityState: string) {
  page.visibilityState = visibilityState;
  page.dispatchEvent(new Event('visibilitychange'));
}

describe('WakeLock', () => {
  it('holds the lock while it is wanted, and takes it again when the page is back', async () => {
    const lock = new WakeLock();
    lock.set(true);
    lock.set(true);
    await settle();
    expect([asked, held]).toEqual([1, 1]);
    show('hidden');
    // The browser has taken it away.
    held = 0;
    show('visible');
    await settle();
    expect([asked, held]).toEqual([2, 1]);
    lock.set(false);
    show('visible');
    await settle();
    expect([asked, held]).toEqual([2, 0]);
  });

  it('lets go of a lock that comes when it is not wanted any more', async () => {
    const lock = new WakeLock();
    lock.set(true);
    lock.set(false);
    await settle();
    expect(held).toBe(0);
  });

  it.each([{}, { wakeLock: { request: () => Promise.reject(new Error('low battery')) } }])(
    'does without where there is none',
    async (navigator) => {
      vi.stubGlobal('navigator', navigator);
      const lock = new WakeLock();
      lock.set(true);
      await settle();
      lock.set(false);
    },
  );
});
