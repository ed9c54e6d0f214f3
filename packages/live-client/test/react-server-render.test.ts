import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { GeminiLiveAPI, RoomClient } from '../src/index.ts';
import { LiveProvider, RoomProvider } from '../src/react/index.ts';
import { CountedConversation, CountedRoom, HOOK_CASES, Holdings } from './hook-cases.ts';

it.each(HOOK_CASES)('$name can be rendered on a server, and holds nothing there', ({ use, under }) => {
  expect(typeof document).toBe('undefined');
  const holdings = new Holdings();
  function Probe(): ReactNode {
    use();
    return 'rendered';
  }
  const inside = createElement(Probe);
  const page =
    under === 'room'
      ? createElement(RoomProvider, { client: new CountedRoom(holdings).client }, inside)
      : createElement(LiveProvider, { client: new CountedConversation(holdings).client }, inside);
  expect(renderToString(page)).toBe('rendered');
  expect(holdings.count).toBe(0);
});

it.each(HOOK_CASES)('$name renders there with a client that was only made', ({ use, under }) => {
  function Probe(): ReactNode {
    use();
    return 'rendered';
  }
  const inside = createElement(Probe);
  const page =
    under === 'room'
      ? createElement(RoomProvider, { client: new RoomClient({ url: 'wss://host.example/rooms/panel' }) }, inside)
      : createElement(
          LiveProvider,
          { client: new GeminiLiveAPI({ url: 'wss://host.example/live', setup: {} }) },
          inside,
        );
  expect(renderToString(page)).toBe('rendered');
});
