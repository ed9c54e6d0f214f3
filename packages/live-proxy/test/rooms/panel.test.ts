import {
  type Emulator,
  FakeClock,
  type FixturePhrase,
  loadFixturePhrases,
  PhraseTranscriber,
  startEmulator,
} from '@colloquy/live-emulator';
import type { FloorPolicy, LogEntry, LogEntryOf, RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endpoint } from '../../src/index.ts';
import { geminiModel } from '../../src/rooms/index.ts';
import { type RoomClient, TestRoomServer } from './room-server.ts';

// Three people talk through sockets to a model that knows their phrases; some of Ben's frames come late or never. Time goes
// on when everything that was sent has arrived, so that a slow machine changes nothing.

const MINUS_1_DBFS = 29_204;
const NAMES = ['Ana', 'Ben', 'Cy'] as const;

let emulator: Emulator;
let phrases: readonly FixturePhrase[];
let clock: FakeClock;
let manager: RoomManager;
let server: TestRoomServer;

beforeEach(async () => {
  clock = new FakeClock();
  steps = 0;
  phrases = await loadFixturePhrases();
  emulator = await startEmulator({ clock, transcriber: new PhraseTranscriber({ phrases }) });
  manager = new RoomManager({
    engine: memoryEngine(),
    model: geminiModel({ upstream: endpoint({ url: emulator.url }) }),
    clock,
  });
  // Real time does not count here.
  server = await TestRoomServer.start(manager, { limits: { audioFramesPerSecond: 0, audioBytesPerSecond: 0 } });
});

afterEach(async () => {
  await server.stop();
  await manager.shutdown();
  await emulator.close();
});

test.each([
  ['mix', 'gemini-3.8-live'],
  ['mix', 'gemini-2.5-flash-native-audio-latest'],
  ['pick', 'gemini-3.8-live'],
  ['pick', 'gemini-3.1-flash-live-preview'],
  ['floor', 'gemini-3.8-live'],
] as const)('policy %s: %s hears three people in real time, and every phrase has its name', async (floor, model) => {
  const { room, clients } = await open({ floor, model });
  const spoken = await converse(floor, clients);
  const speeches = await said(clients[0], spoken.length);
  expect(speeches.map(({ body }) => `${body.speakers.map(({ name }) => name).join('+')}: ${plain(body.text)}`)).toEqual(
    spoken.map(({ name, text }) => `${name}: ${plain(text)}`),
  );
  const [session] = sessionsOf(room);
  const heard = session?.heard().samples ?? new Int16Array();
  expect(heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeLessThanOrEqual(MINUS_1_DBFS);
  // Never more than 20 ms of audio for 20 ms of time.
  expect(heard.length).toBeLessThanOrEqual((steps + 1) * 320);
  expect(session?.report().violations).toEqual([]);
  const cues = session?.report().received.texts.last.map(({ text }) => text) ?? [];
  if (floor !== 'mix') expect(cues.filter((text) => text.endsWith(':'))).toEqual(['Ana:', 'Ben:', 'Cy:']);
});

interface Joined {
  readonly room: RoomInfo;
  readonly clients: readonly [RoomClient, RoomClient, RoomClient];
}

async function open(configuration: Partial<RoomConfiguration>): Promise<Joined> {
  const instructions = `Room ${configuration.floor} ${configuration.model}`;
  const bargeIn = { who: 'nobody', afterMs: 0 };
  const body = { name: 'Panel', configuration: { ...configuration, instructions, bargeIn } };
  const room = (await (await server.post('/rooms', body)).json()) as RoomInfo;
  const join = async (name: string) => {
    const client = await server.open(room.id, { ticket: `${name}.${name === 'Ana' ? 'host' : 'speaker'}` });
    client.say({ type: 'hello', v: 1, clientId: `tab-${name}` });
    await client.until('welcome');
    client.say({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    return client;
  };
  const clients = [await join('Ana'), await join('Ben'), await join('Cy')] as const;
  while (!entriesOf(clients[0]).some(({ kind }) => kind === 'session.started')) await step(clients);
  return { room, clients };
}

/** One after the other, each with a pause behind. @returns what was said by whom. */
async function converse(floor: FloorPolicy, clients: Joined['clients']) {
  const spoken: { readonly name: string; readonly text: string }[] = [];
  let at = 0;
  for (const [n, { samples, text }] of phrases.slice(0, 3).entries()) {
    const speaker = clients[n];
    const length = Math.ceil(samples.length / 320);
    spoken.push({ name: NAMES[n] ?? '', text });
    if (floor === 'floor') speaker?.say({ type: 'floor', action: 'request' });
    for (let frame = 0; frame < length + 55; frame += 1, at += 1) {
      for (const [other, client] of clients.entries()) {
        const own = other === n ? samples.subarray(frame * 320, (frame + 1) * 320) : new Int16Array();
        sendFrame(client, other, at, own);
      }
      if (floor === 'floor' && frame === length + 15) speaker?.say({ type: 'floor', action: 'release' });
      await step(clients);
    }
  }
  return spoken;
}

/** Of ten of Ben's frames the first waits for the second, and one in fifty is lost. */
function sendFrame(client: RoomClient, person: number, at: number, own: Int16Array): void {
  const payload = new Int16Array(320);
  payload.set(own);
  const bytes = new Uint8Array(payload.buffer);
  const send = () => client.sendFrame({ seq: at & 0xffff, mediaTime: at * 320, payload: bytes });
  if (person !== 1) {
    send();
  } else if (at % 10 === 0) {
    held = send;
  } else {
    held?.();
    held = null;
    if (at % 50 !== 49) send();
  }
}

let held: (() => void) | null = null;

/** 20 ms pass in the room, once it has everything that was sent. */
async function step(clients: readonly RoomClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.settled()));
  steps += 1;
  await clock.advance(20);
}

let steps = 0;

async function said(client: RoomClient, count: number): Promise<readonly LogEntryOf<'speech.final'>[]> {
  const all = () =>
    entriesOf(client).filter((entry): entry is LogEntryOf<'speech.final'> => entry.kind === 'speech.final');
  while (all().length < count) await step([client]);
  return all();
}

function entriesOf(client: RoomClient): readonly LogEntry[] {
  return client.messages.flatMap((message) => (message.type === 'entries' ? message.entries : []));
}

function sessionsOf(room: RoomInfo) {
  const { instructions } = room.configuration;
  return emulator.sessions().filter((session) => JSON.stringify(session.report().setup).includes(instructions));
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z]+/gu, ' ')
    .trim();
}
