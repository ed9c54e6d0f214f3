// @vitest-environment happy-dom
import { RoomProvider } from '@colloquy/live-client/react';
import { Toolbar, Tooltip } from 'radix-ui';
import { act, createElement } from 'react';
import { beforeEach, describe, expect, it } from 'vitest';
import { mountedPage } from '../testing/mounted-page.ts';
import { FloorControl } from './floor-control.tsx';

const { part, render } = mountedPage();
/** What happens, in its order. */
let happened: string[];

function show(status: string): void {
  const microphone = { status, deviceId: null, error: null, silent: false };
  const snapshot = {
    connection: { status: 'open' },
    participants: [],
    self: { participantId: 'ana' },
    floor: { policy: 'floor', mode: 'open', holder: null, queue: [] },
    microphone,
  };
  const client = {
    getSnapshot: () => snapshot,
    subscribe: () => () => {},
    requestFloor: () => happened.push('floor'),
    releaseFloor: () => happened.push('floor back'),
    microphone: {
      setMuted: (muted: boolean) => happened.push(muted ? 'muted' : 'not muted'),
      start: async () => void happened.push('started'),
    },
  };
  const control = createElement(Toolbar.Root, null, createElement(FloorControl, { disabled: false }));
  const page = createElement(RoomProvider, { client: client as never }, control);
  render(createElement(Tooltip.Provider, null, page));
}

const key = (type: 'keydown' | 'keyup') =>
  act(() => void part('push-to-talk')?.dispatchEvent(new KeyboardEvent(type, { key: ' ', bubbles: true })));

beforeEach(() => {
  happened = [];
});

describe('the button that is held to talk', () => {
  const heldSilent = {
    muted: ['floor', 'not muted'],
    off: ['floor', 'not muted', 'started'],
    starting: ['floor', 'not muted', 'started'],
  };

  it.each(Object.entries(heldSilent))('leaves a microphone that was %s muted', (status, held) => {
    show(status);
    key('keydown');
    expect(happened).toEqual(held);
    key('keyup');
    expect(happened).toEqual([...held, 'floor back', 'muted']);
  });

  it('leaves one that was on as it was', () => {
    show('on');
    key('keydown');
    key('keyup');
    expect(happened).toEqual(['floor', 'floor back']);
  });

  it.each([
    ['another window comes to the front', () => void dispatchEvent(new Event('blur'))],
    ['it goes while it is held', () => render(null)],
  ])('lets go when %s', (_, leave) => {
    show('muted');
    key('keydown');
    act(leave);
    key('keyup');
    expect(happened).toEqual(['floor', 'not muted', 'floor back', 'muted']);
  });
});
