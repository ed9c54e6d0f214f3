// @vitest-environment happy-dom
import type { TimelineItem } from '@colloquy/live-client';
import { RoomProvider } from '@colloquy/live-client/react';
import { DEFAULT_ROOM_CONFIGURATION, type RoomInfo } from '@colloquy/live-protocol';
import { Tooltip } from 'radix-ui';
import { act, createElement, type ReactNode } from 'react';
import { beforeEach, expect, it } from 'vitest';
import { useDraftOfSettings } from '../config/configuration-draft-provider.tsx';
import { mountedPage } from '../testing/mounted-page.ts';
import { Composer } from './composer.tsx';
import { RoomFrame } from './room-frame.tsx';

const info = { id: 'r1', configurationVersion: 1, configuration: DEFAULT_ROOM_CONFIGURATION } as RoomInfo;

/** A room of which only the conversation matters. */
class TalkingRoom {
  readonly #listeners = new Set<() => void>();
  #snapshot = {
    connection: { status: 'open' },
    room: info,
    self: { participantId: 'ana', name: 'Ana' },
    timeline: [] as readonly TimelineItem[],
    hasOlder: false,
    loadingOlder: false,
  };
  readonly getSnapshot = () => this.#snapshot;
  readonly on = () => () => {};
  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  say(seq: number, text: string): void {
    const speakers = [{ participantId: 'ben', name: 'Ben' }];
    const item: TimelineItem = { id: `i${seq}`, kind: 'text', seq, ts: 0, speakers, text, state: 'final', own: false };
    this.#snapshot = { ...this.#snapshot, timeline: [...this.#snapshot.timeline, item] };
    for (const listener of this.#listeners) listener();
  }
}

const page = mountedPage();
let room: TalkingRoom;
let setInstructions: (text: string) => void;

function Settings(): ReactNode {
  const { draft, set } = useDraftOfSettings();
  setInstructions = (text) => set('instructions', text);
  return createElement('output', null, draft.instructions);
}

function show(part: ReactNode): void {
  const frame = createElement(RoomFrame, { room: info, children: part });
  const inRoom = createElement(RoomProvider, { client: room as never }, frame);
  page.render(createElement(Tooltip.Provider, null, inRoom));
}

beforeEach(() => {
  room = new TalkingRoom();
});

it('tells what is said whichever part of the room is shown, and once', () => {
  show(createElement(Composer));
  act(() => room.say(1, 'Hello'));
  show(createElement('p', null, 'The board'));
  act(() => room.say(2, 'Is anybody here?'));
  const told = page.element.querySelectorAll('[data-testid="announcements"]');
  expect([...told].map(({ textContent }) => textContent)).toEqual(['Ben wrote: HelloBen wrote: Is anybody here?']);
});

it('keeps a message that is not sent, and for whom it is, while another part is shown', () => {
  show(createElement(Composer));
  page.write('composer-input', 'Half a sentence');
  act(() => page.part('audience-people')?.click());
  show(createElement('p', null, 'The board'));
  show(createElement(Composer));
  const input = page.part<HTMLTextAreaElement>('composer-input');
  expect(input?.value).toBe('Half a sentence');
  expect(input?.placeholder).toMatch(/people here/);
});

it('keeps settings that are not applied while another part is shown', () => {
  show(createElement(Settings));
  act(() => setInstructions('Be brief.'));
  show(createElement('p', null, 'The board'));
  show(createElement(Settings));
  expect(page.element.querySelector('output')?.textContent).toBe('Be brief.');
});
