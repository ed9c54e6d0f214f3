// @vitest-environment happy-dom
import { act, createElement, type ReactNode, StrictMode, useEffect, useState } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GeminiLiveAPI } from '../src/gemini-live-api.ts';
import {
  LiveProvider,
  RoomProvider,
  useAudioLevel,
  useClientTool,
  useDevices,
  useLive,
  useMedia,
  useModelState,
  useParticipants,
  useParticipantVideo,
  useRoom,
  useRoomClient,
  useTimeline,
  useTranscript,
  useVideos,
} from '../src/react/index.ts';
import { quantiseLevel } from '../src/react/use-audio-level.ts';
import { RoomClient } from '../src/room/room-client.ts';
import { FakeMedia } from '../src/testing/fake-media.ts';
import { ScriptedNetwork, settle } from '../src/testing/scripted-network.ts';
import { ANA, entries, entry, welcome } from './room-fixtures.ts';

let root: Root;
let page: HTMLElement;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  page = document.createElement('div');
  root = createRoot(page);
});
afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
});

async function joined() {
  const network = new ScriptedNetwork();
  const media = new FakeMedia();
  const client = new RoomClient({ url: 'ws://host/rooms/panel', webSocket: network.WebSocket, media: media.factory });
  const connected = client.connect();
  await settle();
  network.socket.accept();
  network.socket.say(welcome({ top: 2 }));
  network.socket.say({ type: 'entries', entries: entries(1, 2) });
  await connected;
  return { client, network, media };
}

/** A component that shows what a hook gives and counts how often it rendered. */
function probe<Value>(use: () => Value) {
  const seen: Value[] = [];
  function Probe(): ReactNode {
    seen.push(use());
    return null;
  }
  return { seen, element: createElement(Probe) };
}

describe('room hooks', () => {
  it('render again only when their part of the room changed', async () => {
    const { client, network, media } = await joined();
    const probes = {
      room: probe(useRoom),
      participants: probe(useParticipants),
      timeline: probe(useTimeline),
      model: probe(useModelState),
      media: probe(useMedia),
      videos: probe(useVideos),
    };
    const elements = Object.values(probes).map(({ element }) => element);
    act(() => root.render(createElement(RoomProvider, { client }, ...elements)));
    const renders = () => Object.values(probes).map(({ seen }) => seen.length);
    expect(renders()).toEqual([1, 1, 1, 1, 1, 1]);
    expect(probes.room.seen[0]).toMatchObject({ connection: { status: 'open' }, room: { name: 'Panel' } });

    act(() => network.socket.say({ type: 'entries', entries: [entry(3)] }));
    expect(renders()).toEqual([1, 1, 2, 1, 1, 1]);
    expect(probes.timeline.seen[1]?.timeline).toHaveLength(3);

    act(() => network.socket.say({ type: 'model', model: { status: 'thinking', turn: 1 } }));
    act(() => network.socket.say({ type: 'presence', version: 2, changed: [{ ...ANA, speaking: true }], removed: [] }));
    act(() => media.microphone.enter('on'));
    expect(renders()).toEqual([1, 2, 2, 2, 2, 1]);
    expect(probes.model.seen[1]).toEqual({ status: 'thinking', turn: 1 });
    expect(probes.media.seen[1]).toMatchObject({ microphone: { status: 'on' }, canPlay: true });

    act(() => network.socket.end(4410));
    expect(renders()[0]).toBe(2);
    expect(probes.room.seen[1]).toMatchObject({ connection: { status: 'closed' } });
  });

  it('have the server send the pictures that a component shows, once each, and no others', async () => {
    const { client, network } = await joined();
    const Tile = ({ source }: { source: 'camera' | 'screen' }) => {
      expect(useParticipantVideo('ben', source)).toBeNull();
      return null;
    };
    const tile = (source: 'camera' | 'screen', key: string) => createElement(Tile, { source, key });
    const show = async (...tiles: ReactNode[]) => {
      act(() => root.render(createElement(RoomProvider, { client }, ...tiles)));
      await settle();
      return network.socket.messages('watch').map(({ cameras, screens }) => [cameras, screens]);
    };
    expect(await show(tile('camera', 'a'), tile('camera', 'b'), tile('screen', 'c'))).toEqual([[['ben'], ['ben']]]);
    expect(await show(tile('camera', 'a'), tile('screen', 'c'))).toHaveLength(1);
    expect((await show(tile('camera', 'a'))).at(-1)).toEqual([['ben'], []]);
    expect((await show()).at(-1)).toEqual([[], []]);
  });

  it('give loudness in steps, look at it once per frame, and stop looking when they are gone', async () => {
    const { client, media } = await joined();
    let frame = (_: number) => {};
    const cancel = vi.fn();
    vi.stubGlobal('requestAnimationFrame', (callback: (time: number) => void) => {
      frame = callback;
      return 7;
    });
    vi.stubGlobal('cancelAnimationFrame', cancel);
    const { seen, element } = probe(() => useAudioLevel('ana'));
    act(() => root.render(createElement(RoomProvider, { client }, element)));
    for (const level of [...Array(20).fill(0.31), 0.318, 0.9]) {
      media.microphone.level = level;
      act(() => frame(0));
    }
    expect([...new Set(seen)]).toEqual([0, 0.3, 0.9]);
    // React may render once more before it trusts that a value stays.
    expect(seen.length).toBeLessThanOrEqual(4);
    act(() => root.render(null));
    expect(cancel).toHaveBeenCalledWith(7);
    expect([-1, 0.02, 0.03, 2].map(quantiseLevel)).toEqual([0, 0, 0.05, 1]);
  });

  it('say what is missing outside a provider', () => {
    const broken = probe(useRoomClient);
    expect(() => act(() => root.render(broken.element))).toThrow(/RoomProvider/);
    const live = probe(useLive);
    expect(() => act(() => root.render(live.element))).toThrow(/LiveProvider/);
  });

  it('list devices again when one was started, for its names are known then', async () => {
    const { client, media } = await joined();
    let label = '';
    const listeners = new Set<() => void>();
    const mediaDevices = {
      getUserMedia: () => Promise.reject(new Error('unused')),
      getDisplayMedia: () => Promise.reject(new Error('unused')),
      enumerateDevices: async () => [{ kind: 'audioinput', deviceId: label, label, groupId: '' }],
      addEventListener: (_: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
    };
    vi.stubGlobal('navigator', { mediaDevices });
    const { seen, element } = probe(useDevices);
    await act(async () => root.render(createElement(RoomProvider, { client }, element)));
    expect(seen.at(-1)?.microphones).toMatchObject([{ label: 'Microphone 1' }]);
    label = 'USB microphone';
    await act(async () => media.microphone.enter('on'));
    expect(seen.at(-1)?.microphones).toMatchObject([{ label: 'USB microphone' }]);
    expect(listeners.size).toBe(1);
    act(() => root.render(null));
    expect(listeners.size).toBe(0);
  });

  it('survive the double mounting of strict mode with one identity and one open connection', async () => {
    const network = new ScriptedNetwork();
    function Page(): ReactNode {
      const [client, setClient] = useState<RoomClient | null>(null);
      useEffect(() => {
        const made = new RoomClient({
          url: 'ws://host/rooms/strict',
          webSocket: network.WebSocket,
          media: new FakeMedia().factory,
        });
        setClient(made);
        made.connect().catch(() => {});
        return () => void made.dispose();
      }, []);
      return client ? createElement(RoomProvider, { client }, createElement(Status)) : null;
    }
    function Status(): ReactNode {
      return useRoom().connection.status;
    }
    await act(async () => {
      root.render(createElement(StrictMode, null, createElement(Page)));
      await settle();
    });
    const alive = network.sockets.filter(({ closedByClient }) => closedByClient === null);
    expect(alive).toHaveLength(1);
    await act(async () => {
      alive[0]?.accept();
      alive[0]?.say(welcome());
    });
    expect(page.textContent).toBe('open');
    const first = alive[0]?.messages('hello')[0].clientId;

    await act(async () => root.render(null));
    const again = new RoomClient({
      url: 'ws://host/rooms/strict',
      webSocket: network.WebSocket,
      media: new FakeMedia().factory,
    });
    void again.connect().catch(() => {});
    await settle();
    network.socket.accept();
    expect(network.socket.messages('hello')[0].clientId).toBe(first);
    await again.dispose();
  });
});

function conversation() {
  const network = new ScriptedNetwork();
  const media = new FakeMedia();
  const client = new GeminiLiveAPI({
    url: 'ws://host/live',
    setup: {},
    webSocket: network.WebSocket,
    media: media.factory,
  });
  const open = async () => {
    const connected = client.connect();
    await settle();
    network.socket.accept();
    network.socket.say({ setupComplete: {} });
    await connected;
  };
  return { client, network, media, open };
}

describe('hooks of a conversation', () => {
  it('give the transcript, and render again only when it changed', async () => {
    const { client, network, media, open } = conversation();
    const { seen, element } = probe(useTranscript);
    act(() => root.render(createElement(LiveProvider, { client }, element)));
    await act(async () => {
      await open();
      media.microphone.enter('on');
    });
    expect(seen).toEqual([[]]);
    act(() => network.socket.say({ serverContent: { outputTranscription: { text: 'Hi' } } }));
    expect(seen.at(-1)).toMatchObject([{ speaker: 'model', text: 'Hi' }]);
  });

  it('let the model call a function of a component that is there, with its newest state', async () => {
    const { client, network, open } = conversation();
    function Lamp({ colour }: { colour: string }): ReactNode {
      useClientTool({ name: 'lamp', description: 'The lamp.', run: () => ({ colour }) });
      return null;
    }
    const show = (colour: string) =>
      root.render(
        createElement(StrictMode, null, createElement(LiveProvider, { client }, createElement(Lamp, { colour }))),
      );
    await act(async () => show('red'));
    await open();
    expect(network.socket.messages()[0].setup.tools).toMatchObject([{ functionDeclarations: [{ name: 'lamp' }] }]);
    await act(async () => show('green'));
    network.socket.say({ toolCall: { functionCalls: [{ id: '1', name: 'lamp', args: {} }] } });
    await settle();
    expect(network.socket.messages().at(-1)).toEqual({
      toolResponse: { functionResponses: [{ id: '1', name: 'lamp', response: { colour: 'green' } }] },
    });
    const sent = network.socket.sent.length;
    act(() => root.render(null));
    network.socket.say({ toolCall: { functionCalls: [{ id: '2', name: 'lamp', args: {} }] } });
    await settle();
    expect(network.socket.sent.length).toBe(sent);
  });

  it('give the loudness of the person here and of the model', async () => {
    const { client, media } = conversation();
    let frame = (_: number) => {};
    vi.stubGlobal('requestAnimationFrame', (callback: (time: number) => void) => {
      frame = callback;
      return 1;
    });
    vi.stubGlobal('cancelAnimationFrame', () => {});
    const { seen, element } = probe(() => useAudioLevel('user'));
    act(() => root.render(createElement(LiveProvider, { client }, element)));
    media.microphone.level = 0.5;
    act(() => frame(0));
    expect(seen.at(-1)).toBe(0.5);
    act(() => root.render(null));
    const alone = probe(() => useAudioLevel('user'));
    expect(() => act(() => root.render(alone.element))).toThrow(/RoomProvider or LiveProvider/);
  });
});

describe('useLive', () => {
  it('gives the client with its snapshot', async () => {
    const network = new ScriptedNetwork();
    const media = new FakeMedia();
    const client = new GeminiLiveAPI({
      url: 'ws://host/live',
      setup: {},
      webSocket: network.WebSocket,
      media: media.factory,
    });
    const { seen, element } = probe(useLive);
    act(() => root.render(createElement(LiveProvider, { client }, element)));
    expect(seen[0]).toMatchObject({ model: 'off', transcript: [] });
    expect(seen[0]?.client).toBe(client);
    await act(async () => {
      const connected = client.connect();
      await settle();
      network.socket.accept();
      network.socket.say({ setupComplete: {} });
      network.socket.say({ serverContent: { outputTranscription: { text: 'Hi' } } });
      await connected;
    });
    expect(seen.at(-1)).toMatchObject({ model: 'speaking', transcript: [{ text: 'Hi' }] });
  });
});
