// @vitest-environment happy-dom
import { act, createElement, type ReactNode, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as react from '../src/react/index.ts';
import { LiveProvider, RoomProvider } from '../src/react/index.ts';
import { CountedConversation, CountedRoom, HOOK_CASES, Holdings, type HookCase, type HookScene } from './hook-cases.ts';

let root: Root;
let holdings: Holdings;
let scene: HookScene;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  root = createRoot(document.createElement('div'));
  holdings = new Holdings();
  const frames = stubFrames();
  scene = {
    room: new CountedRoom(holdings),
    conversation: new CountedConversation(holdings),
    frame: frames.show,
    devicesChanged: stubDevices(),
  };
});
afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
});

/** A browser that shows a frame when the test says so. */
function stubFrames(): { readonly show: () => void } {
  const waiting = new Map<number, { readonly run: (time: number) => void; readonly done: () => void }>();
  let id = 0;
  vi.stubGlobal('requestAnimationFrame', (run: (time: number) => void) => {
    id += 1;
    waiting.set(id, { run, done: holdings.hold() });
    return id;
  });
  vi.stubGlobal('cancelAnimationFrame', (gone: number) => {
    waiting.get(gone)?.done();
    waiting.delete(gone);
  });
  const show = () => {
    for (const [at, { run, done }] of [...waiting]) {
      waiting.delete(at);
      done();
      run(0);
    }
  };
  return { show };
}

/** A machine with one microphone more each time. */
function stubDevices(): () => void {
  const listeners = new Map<() => void, () => void>();
  let count = 0;
  const mediaDevices = {
    getUserMedia: () => Promise.reject(new Error('unused')),
    getDisplayMedia: () => Promise.reject(new Error('unused')),
    enumerateDevices: async () =>
      Array.from({ length: count }, (_, n) => ({ kind: 'audioinput', deviceId: `${n}`, label: '', groupId: '' })),
    addEventListener: (_: string, listener: () => void) => listeners.set(listener, holdings.hold()),
    removeEventListener: (_: string, listener: () => void) => {
      listeners.get(listener)?.();
      listeners.delete(listener);
    },
  };
  vi.stubGlobal('navigator', { mediaDevices });
  return () => {
    count += 1;
    for (const listener of [...listeners.keys()]) listener();
  };
}

/** A component with the hook in it, and what the hook gave so far, newest last. */
function probe({ use, under }: HookCase, strict: boolean) {
  const seen: unknown[] = [];
  function Probe(): ReactNode {
    seen.push(use());
    return null;
  }
  const inside = createElement(Probe);
  const show = () => {
    const provided =
      under === 'room'
        ? createElement(RoomProvider, { client: scene.room.client }, inside)
        : createElement(LiveProvider, { client: scene.conversation.client }, inside);
    return act(async () => root.render(strict ? createElement(StrictMode, null, provided) : provided));
  };
  return { seen, show };
}

describe.each(HOOK_CASES)('$name', (hook) => {
  it.each([
    ['in production', false],
    ['under the double mounting of strict mode', true],
  ])('holds what it needs while it is there, follows what changes, and leaves nothing, %s', async (_, strict) => {
    const { seen, show } = probe(hook, strict);
    await show();
    expect(holdings.count).toBe(hook.holds);

    const before = seen.at(-1);
    if (hook.change) {
      await act(async () => hook.change?.(scene));
      expect(seen.at(-1)).not.toBe(before);
    } else {
      await act(async () => scene.room.change({ hasOlder: true }));
      expect(seen.at(-1)).toBe(before);
    }
    expect(holdings.count).toBe(hook.holds);

    await act(async () => root.render(null));
    expect(holdings.count).toBe(0);
    const renders = seen.length;
    await act(async () => hook.change?.(scene));
    expect(seen.length).toBe(renders);
  });

  it('moves to another client without leaving anything at the first', async () => {
    const { show } = probe(hook, true);
    await show();
    const later = new Holdings();
    scene = { ...scene, room: new CountedRoom(later), conversation: new CountedConversation(later) };
    await show();
    // Frames and devices are the browser's, not the client's.
    expect(holdings.count + later.count).toBe(hook.holds);
    if (hook.change) await act(async () => hook.change?.(scene));
    expect(holdings.count + later.count).toBe(hook.holds);
    await act(async () => root.render(null));
    expect([holdings.count, later.count]).toEqual([0, 0]);
  });
});

it('has a case for every hook', () => {
  const hooks = Object.keys(react).filter((name) => name.startsWith('use'));
  expect(hooks.filter((name) => !HOOK_CASES.some((hook) => hook.name.split(' ')[0] === name))).toEqual([]);
});
