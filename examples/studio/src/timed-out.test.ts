// @vitest-environment happy-dom
import { Tooltip } from 'radix-ui';
import { act, createElement, type ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HistoryPage } from './history/history-page.tsx';
import { CreateRoomDialog } from './lobby/create-room-dialog.tsx';
import { Lobby } from './lobby/lobby.tsx';
import { SessionContext } from './session/session.ts';
import { Studio } from './studio.tsx';
import { mountedPage } from './testing/mounted-page.ts';

const ana = { participantId: 'ana', name: 'Ana' };
const studio = { model: 'm', recording: false, source: 'emulator', identity: 'chosen' } as const;
const room = { id: 'r1', name: 'Panel', status: 'closed', createdAt: 0, closedAt: 1 };
const TIMED_OUT = /did not answer within 30 seconds/;

/** What the server says, by the beginning of the path; the first that fits. */
const ANSWERS: readonly (readonly [path: string, answer: object])[] = [
  ['/api/session', { session: null, studio }],
  ['/api/rooms?', { rooms: [], cursor: null }],
  ['/api/rooms/r1/history', { entries: [], hasOlder: false }],
  ['/api/rooms/r1/app-entries', { entries: [], readUpTo: 0, hasMore: false }],
  ['/api/rooms/r1', room],
];

const { render, part, write } = mountedPage();
/** Whether the server takes what is asked and says nothing, as one does that hangs. */
let isSilent: boolean;
let asked: string[];
/** The keys of what was asked to be made. */
let keys: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  isSilent = true;
  asked = [];
  keys = [];
  vi.stubGlobal('fetch', async (path: string, { method, headers, signal }: RequestInit) => {
    asked.push(path);
    if (method === 'POST') keys.push(new Headers(headers).get('idempotency-key'));
    if (isSilent) await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const [, answer] = ANSWERS.find(([start]) => path.startsWith(start)) ?? [];
    return new Response(JSON.stringify(answer));
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));

function showKnown(page: ReactNode): void {
  const known = { session: ana, studio, introduce: async () => {}, forget: async () => {} };
  render(createElement(Tooltip.Provider, null, createElement(SessionContext, { value: known }, page)));
}

/** Presses "Try again" of a server that answers by now. */
async function retry(): Promise<void> {
  isSilent = false;
  await act(async () => part('retry')?.click());
  await pass(0);
}

it('the studio says after 30 seconds that the server does not answer, and begins when it is asked again', async () => {
  render(createElement(Studio));
  await pass(29);
  expect(part('loading')).not.toBeNull();
  await pass(1);
  expect(part('offline')?.textContent).toMatch(TIMED_OUT);
  await retry();
  expect(part('offline')).toBeNull();
  expect(part('welcome')).not.toBeNull();
});

it('the lobby waits for one answer rather than asking every 5 seconds, says that none came, and loads when asked', async () => {
  showKnown(createElement(Lobby));
  await pass(29);
  expect(asked).toHaveLength(2);
  expect(part('rooms-loading')).not.toBeNull();
  await pass(1);
  expect(part('rooms-error')?.textContent).toMatch(TIMED_OUT);
  await retry();
  expect(part('rooms-error')).toBeNull();
  expect(part('rooms-empty')).not.toBeNull();
});

it('the lobby asks again every 5 seconds where it is answered', async () => {
  isSilent = false;
  showKnown(createElement(Lobby));
  await pass(0);
  expect(asked).toHaveLength(2);
  await pass(5);
  expect(asked).toHaveLength(4);
});

it('a conversation that does not come is asked for again', async () => {
  showKnown(createElement(HistoryPage, { roomId: 'r1' }));
  await pass(30);
  expect(part('history-problem')?.textContent).toMatch(TIMED_OUT);
  await retry();
  expect(part('history')?.textContent).toContain('Panel');
});

it('a room that is not made in time says so, and asking again asks for the same one, unless another is wished', async () => {
  showKnown(createElement(CreateRoomDialog, { open: true, onOpenChange: () => {} }));
  write('room-name-input', 'Panel');
  const submit = () => act(async () => part('create-room-submit')?.click());
  await submit();
  await submit();
  expect(asked, 'one press more is not one room more').toEqual(['/api/rooms']);
  await pass(30);
  expect(document.body.textContent).toMatch(TIMED_OUT);
  await submit();
  await pass(30);
  write('room-name-input', 'Council');
  await submit();
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0], expect.not.stringMatching(String(keys[0]))]);
});
