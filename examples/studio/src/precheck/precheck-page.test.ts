// @vitest-environment happy-dom
import { RoomProvider } from '@colloquy/live-client/react';
import { Tooltip } from 'radix-ui';
import { act, createElement } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionContext } from '../session/session.ts';
import { mountedPage } from '../testing/mounted-page.ts';
import { PrecheckPage } from './precheck-page.tsx';

const ana = { participantId: 'ana', name: 'Ana' };
const studio = { model: 'm', recording: false, source: 'emulator', identity: 'chosen' } as const;

const { part, render } = mountedPage();
/** What happens, in its order. */
let happened: string[];

/** A client whose microphone and camera Ana has turned on to check them. */
const device = (name: string) => ({ level: 0, stream: null, stop: () => happened.push(`${name} off`) });
const on = { status: 'on', deviceId: null, error: null, silent: false };
const snapshot = { microphone: on, camera: on, screen: { status: 'off' }, canPlay: true };
const client = {
  getSnapshot: () => snapshot,
  subscribe: () => () => {},
  microphone: device('microphone'),
  camera: device('camera'),
};

beforeEach(() => {
  happened = [];
  vi.stubGlobal('navigator', { ...navigator, mediaDevices: undefined });
});

async function show(answer: () => Promise<Response>): Promise<void> {
  vi.stubGlobal('fetch', answer);
  const known = { session: ana, studio, introduce: async () => {}, forget: async () => {} };
  const page = createElement(PrecheckPage, { roomId: 'r1', onJoin: () => happened.push('joins') });
  await act(async () => {
    render(
      createElement(
        Tooltip.Provider,
        null,
        createElement(SessionContext, { value: known }, createElement(RoomProvider, { client: client as never }, page)),
      ),
    );
  });
}

const says = (status: number, answer: object) => async () => new Response(JSON.stringify(answer), { status });

describe('nobody is heard or seen who has not pressed Join', () => {
  it.each([
    ['is not there', says(404, { error: { code: 'ERR_ROOM_NOT_FOUND', message: 'No.' } })],
    ['may not be read', says(403, { error: { code: 'ERR_NOT_ALLOWED', message: 'No.' } })],
    ['is closed', says(200, { name: 'Panel', status: 'closed' })],
  ])('in a room that %s: devices go off before the door is tried', async (_, answer) => {
    await show(answer);
    expect(happened).toEqual(['microphone off', 'camera off', 'joins']);
  });
});

it('a room that is open is named, and waits with devices as they are until Join is pressed', async () => {
  await show(says(200, { name: 'Panel', status: 'open' }));
  expect(part('precheck-room')?.textContent).toBe('Panel');
  expect(happened).toEqual([]);
  act(() => part('join-now')?.click());
  expect(happened).toEqual(['joins']);
});

it.each([
  ['is not ready', says(503, {})],
  ['has done too much', says(429, {})],
  ['cannot be reached', () => Promise.reject(new TypeError('fetch failed'))],
])('where the server %s, only the name is missing: who does not press Join does not join', async (_, answer) => {
  await show(answer);
  expect(part('precheck-room')?.textContent).toBe('A room whose name could not be read');
  expect(happened).toEqual([]);
  act(() => part('join-now')?.click());
  expect(happened).toEqual(['joins']);
});

it('whoever goes elsewhere before the server answers is in no room', async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await show(() => promise);
  render(null);
  await act(async () => resolve(new Response('', { status: 404 })));
  expect(happened).toEqual([]);
});
