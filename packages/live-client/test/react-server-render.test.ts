import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { GeminiLiveAPI, RoomClient } from '../src/index.ts';
import { LiveProvider, RoomProvider } from '../src/react/index.ts';
import { CountedConversation, CountedRoom, HOOK_CASES, Holdings, type HookCase } from './hook-cases.ts';

function render({ use, under }: HookCase, room: RoomClient, conversation: GeminiLiveAPI): string {
  function Probe(): ReactNode {
    use();
    return 'rendered';
  }
  const inside = createElement(Probe);
  return renderToString(
    under === 'room'
      ? createElement(RoomProvider, { client: room }, inside)
      : createElement(LiveProvider, { client: conversation }, inside),
  );
}

it.each(HOOK_CASES)('$name can be rendered on a server, and holds nothing there', (hook) => {
  expect(typeof document).toBe('undefined');
  const holdings = new Holdings();
  const page = render(hook, new CountedRoom(holdings).client, new CountedConversation(holdings).client);
  expect(page).toBe('rendered');
  expect(holdings.count).toBe(0);
});

it.each(HOOK_CASES)('$name renders there with a client that was only made', (hook) => {
  const room = new RoomClient({ url: 'wss://host.example/rooms/panel' });
  const conversation = new GeminiLiveAPI({ url: 'wss://host.example/live', setup: {} });
  expect(render(hook, room, conversation)).toBe('rendered');
});
