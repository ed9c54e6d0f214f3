// @vitest-environment happy-dom
import { RoomProvider } from '@colloquy/live-client/react';
import { DEFAULT_ROOM_CONFIGURATION, type RoomConfiguration, type RoomInfo } from '@colloquy/live-protocol';
import { act, createElement, type ReactNode } from 'react';
import { beforeEach, describe, expect, it } from 'vitest';
import { mountedPage } from '../testing/mounted-page.ts';
import { type ConfigurationDraft, useConfigurationDraft } from './use-configuration-draft.ts';

type Changed = (event: { by: { participantId: string; name: string }; version: number }) => void;

/** A room that takes a configuration only on top of the version it has. */
class RoomWithSettings {
  version = 1;
  configuration: RoomConfiguration = DEFAULT_ROOM_CONFIGURATION;
  /** What a request waits for before the room has it. */
  line: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<Changed>();
  readonly getSnapshot = () => ({ self: { participantId: 'ana', name: 'Ana' } });
  readonly subscribe = () => () => {};
  readonly on = (_name: string, listener: Changed) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly host = {
    configure: async (changes: Partial<RoomConfiguration>, { version }: { version: number }) => {
      await this.line;
      if (version !== this.version) throw Object.assign(new Error('conflict'), { code: 'ERR_ROOM_CONFLICT' });
      this.change(changes);
      return { version: this.version, configuration: this.configuration };
    },
  };

  get info(): RoomInfo {
    return { configurationVersion: this.version, configuration: this.configuration } as RoomInfo;
  }

  change(changes: Partial<RoomConfiguration>): void {
    this.version += 1;
    this.configuration = { ...this.configuration, ...changes };
  }

  tell(participantId: string, name: string): void {
    for (const listener of this.#listeners) listener({ by: { participantId, name }, version: this.version });
  }
}

const page = mountedPage();
let room: RoomWithSettings;
let edit: ConfigurationDraft;

function Probe({ info }: { info: RoomInfo }): ReactNode {
  edit = useConfigurationDraft(info);
  return null;
}

function show(): void {
  page.render(createElement(RoomProvider, { client: room as never }, createElement(Probe, { info: room.info })));
}

beforeEach(() => {
  room = new RoomWithSettings();
  show();
});

async function apply(): Promise<boolean> {
  let isApplied = false;
  await act(async () => {
    isApplied = await edit.apply();
  });
  show();
  return isApplied;
}

it('applies on top of what was changed while the connection was away, and says that it was', async () => {
  act(() => edit.set('instructions', 'Be brief.'));
  room.change({ voice: 'Puck' });
  // The room that the connection comes back with is newer; no event tells so.
  show();
  expect(edit.overtaken).toEqual({ by: null, version: 2 });
  expect(edit.draft).toMatchObject({ instructions: 'Be brief.', voice: 'Puck' });
  expect(await apply()).toBe(true);
  expect(room.configuration).toMatchObject({ instructions: 'Be brief.', voice: 'Puck' });
  expect(edit.overtaken).toBeNull();
});

it('applies on top of what the same person changed in another tab', async () => {
  act(() => edit.set('instructions', 'Be brief.'));
  room.change({ voice: 'Puck' });
  act(() => room.tell('ana', 'Ana'));
  show();
  expect(edit.overtaken).toEqual({ by: 'Ana', version: 2 });
  expect(await apply()).toBe(true);
  expect(room.configuration).toMatchObject({ instructions: 'Be brief.', voice: 'Puck' });
});

it('keeps the edits where somebody was faster than the page knows, and applies them the next time', async () => {
  act(() => edit.set('instructions', 'Be brief.'));
  room.change({ instructions: 'Be long.' });
  act(() => room.tell('ben', 'Ben'));
  const stale = edit;
  await act(async () => {
    await stale.apply();
  });
  expect(edit.problem).toMatch(/meanwhile/);
  show();
  expect(edit.overtaken).toEqual({ by: 'Ben', version: 2 });
  expect(edit.draft.instructions).toBe('Be brief.');
  expect(await apply()).toBe(true);
  expect(room.configuration.instructions).toBe('Be brief.');
});

describe('while what was applied is on its way', () => {
  let arrive: () => void;
  let applied: Promise<boolean>;

  beforeEach(() => {
    const { promise, resolve } = Promise.withResolvers<void>();
    room.line = promise;
    arrive = resolve;
  });

  function begin(): void {
    act(() => {
      applied = edit.apply();
    });
  }

  async function end(): Promise<void> {
    await act(async () => {
      arrive();
      expect(await applied).toBe(true);
    });
    show();
  }

  it('what is edited stays, on top of it, and is applied next', async () => {
    act(() => edit.set('voice', 'Puck'));
    act(() => edit.set('instructions', 'Be'));
    begin();
    act(() => edit.set('instructions', 'Be brief.'));
    act(() => edit.set('temperature', 1));
    await end();
    expect(room.configuration).toMatchObject({ voice: 'Puck', instructions: 'Be' });
    expect(edit.draft).toMatchObject({ voice: 'Puck', instructions: 'Be brief.', temperature: 1 });
    expect(edit.changed).toEqual(['instructions', 'temperature']);
    expect(edit.overtaken).toBeNull();
    expect(await apply()).toBe(true);
    expect(room.configuration).toMatchObject({ voice: 'Puck', instructions: 'Be brief.', temperature: 1 });
    expect(edit.changed).toEqual([]);
  });

  it('going back to what was before is a change as well', async () => {
    act(() => edit.set('voice', 'Puck'));
    begin();
    act(() => edit.set('voice', null));
    await end();
    expect(room.configuration.voice).toBe('Puck');
    expect(edit.draft.voice).toBeNull();
    expect(edit.changed).toEqual(['voice']);
  });
});

it('can be discarded, and what others changed is left', () => {
  act(() => edit.set('instructions', 'Be brief.'));
  room.change({ instructions: 'Be long.' });
  show();
  act(() => edit.reset());
  expect(edit.draft.instructions).toBe('Be long.');
  expect(edit.overtaken).toBeNull();
});
