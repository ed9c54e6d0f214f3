// @vitest-environment happy-dom
import { RoomProvider } from '@colloquy/live-client/react';
import { act, createElement, type ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mountedPage } from '../testing/mounted-page.ts';
import { useSoundBlocked } from './use-sound-blocked.ts';

/** A room of which only the sound matters. */
class SilentRoom {
  #listeners = new Set<() => void>();
  #snapshot = snapshot(false);
  readonly resume = vi.fn(() => Promise.reject(new Error('still blocked')));
  readonly speaker = { resume: this.resume };

  readonly getSnapshot = () => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  allowSound(canPlay: boolean): void {
    this.#snapshot = snapshot(canPlay);
    for (const listener of this.#listeners) listener();
  }
}

function snapshot(canPlay: boolean) {
  return { connection: { status: 'open' }, canPlay, room: null, self: null };
}

const page = mountedPage();
let room: SilentRoom;
let isBlocked: boolean;

function Probe(): ReactNode {
  isBlocked = useSoundBlocked();
  return null;
}

beforeEach(() => {
  vi.useFakeTimers();
  room = new SilentRoom();
  page.render(createElement(RoomProvider, { client: room as never }, createElement(Probe)));
});
afterEach(() => {
  vi.useRealTimers();
});

it('is not blocked while sound only takes its time to start', () => {
  expect(isBlocked).toBe(false);
  act(() => vi.advanceTimersByTime(1500));
  act(() => room.allowSound(true));
  act(() => vi.advanceTimersByTime(60_000));
  expect(isBlocked).toBe(false);
});

it('is blocked when sound does not start, until it does', () => {
  act(() => vi.advanceTimersByTime(3000));
  expect(isBlocked).toBe(true);
  act(() => room.allowSound(true));
  expect(isBlocked).toBe(false);
  // A headset that comes and goes: sound starts again, and that takes its time as well.
  act(() => room.allowSound(false));
  expect(isBlocked).toBe(false);
});

it('asks for sound with the first click or key anywhere, and not any more once there is sound', () => {
  document.dispatchEvent(new Event('click'));
  document.dispatchEvent(new Event('keydown'));
  expect(room.resume).toHaveBeenCalledTimes(2);
  act(() => room.allowSound(true));
  document.dispatchEvent(new Event('click'));
  expect(room.resume).toHaveBeenCalledTimes(2);
});
