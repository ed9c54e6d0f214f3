import type { LogEntry } from '@colloquy/live-protocol';
import { MediaCodec, MediaKind, serializeMediaFrame } from '@colloquy/live-protocol';
import { vi } from 'vitest';
import { RoomClient } from '../src/room/room-client.ts';
import type { RoomClientOptions } from '../src/room/room-client-options.ts';
import { FakeMedia } from '../src/testing/fake-media.ts';
import { ScriptedNetwork, settle } from '../src/testing/scripted-network.ts';
import { ANA, actor, entries, entry, welcome } from './room-fixtures.ts';

/** Ana's client, the network and the devices that the test plays. */
export interface RoomScene {
  readonly client: RoomClient;
  readonly network: ScriptedNetwork;
  readonly media: FakeMedia;
  /** Connects and is welcomed; the newest page follows. */
  readonly join: (parts?: Parameters<typeof welcome>[0], page?: LogEntry[]) => Promise<void>;
  /** The connection breaks and is made again. */
  readonly rejoin: (parts?: Parameters<typeof welcome>[0]) => Promise<void>;
  /** What the timeline shows, with its state. */
  readonly texts: () => string[];
  /** Events of one type, in order. */
  readonly eventsOf: (type: string) => unknown[];
}

/** A client over a scripted network, under fake timers. */
export function roomScene(options: Partial<RoomClientOptions> = {}): RoomScene {
  const network = new ScriptedNetwork();
  const media = new FakeMedia();
  const client = new RoomClient({
    url: 'ws://host/rooms/panel',
    clientId: 'tab',
    webSocket: network.WebSocket,
    media: media.factory,
    random: () => 0,
    ...options,
  });
  const events: { type: string; event: unknown }[] = [];
  for (const type of [
    'joined',
    'entryAdded',
    'participantsChanged',
    'modelChanged',
    'audioInterrupted',
    'error',
    'closed',
  ] as const) {
    client.on(type, (event) => events.push({ type, event }));
  }
  const join = async (parts: Parameters<typeof welcome>[0] = {}, page = entries(1, parts.top ?? 0)) => {
    const connected = client.connect();
    await settle();
    network.socket.accept();
    network.socket.say(welcome(parts));
    if (page.length > 0) network.socket.say({ type: 'entries', entries: page });
    await connected;
  };
  const rejoin = async (parts: Parameters<typeof welcome>[0] = {}) => {
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(300);
    await settle();
    network.socket.accept();
    network.socket.say(welcome({ recovered: true, ...parts }));
  };
  const texts = () => client.getSnapshot().timeline.map(({ text, state }) => `${text} (${state})`);
  const eventsOf = (type: string) => events.filter((one) => one.type === type).map(({ event }) => event);
  return { client, network, media, eventsOf, join, rejoin, texts };
}

/** An entry of Ana's. */
export function mine(seq: number, cid: string, text = 'mine'): LogEntry {
  return entry(seq, { actor: actor(ANA), cid, body: { text, toModel: true } });
}

/** A frame of the model's voice with the samples 1 and -2. */
export function modelAudio({ turn }: { turn: number }): Uint8Array<ArrayBuffer> {
  return serializeMediaFrame({
    kind: MediaKind.modelAudio,
    codec: MediaCodec.pcm24k,
    flags: 0,
    participant: 0,
    seq: 0,
    mediaTime: 0,
    turn,
    payload: new Uint8Array(new Int16Array([1, -2]).buffer),
  });
}

/** A frame of somebody's voice with the sample 5. */
export function personAudio(participant: number, flags = 0): Uint8Array<ArrayBuffer> {
  return serializeMediaFrame({
    kind: MediaKind.personAudio,
    codec: MediaCodec.pcm16k,
    flags,
    participant,
    seq: 0,
    mediaTime: 0,
    turn: 0,
    payload: new Uint8Array(new Int16Array([5]).buffer),
  });
}
