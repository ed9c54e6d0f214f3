import { startEmulator } from '@colloquy/live-emulator';
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, expect, test } from 'vitest';
import { endpoint } from '../../src/index.ts';
import { geminiModel, type ServeRoomsOptions } from '../../src/rooms/index.ts';
import { InMemoryReader } from '../support/in-memory-reader.ts';
import { TestRoomServer } from './room-server.ts';

let cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp) await step();
  cleanUp = [];
});

async function start(telemetry?: ServeRoomsOptions['telemetry']): Promise<TestRoomServer> {
  const emulator = await startEmulator({ timeScale: 20 });
  const model = geminiModel({ upstream: endpoint({ url: emulator.url }), random: () => 0 });
  const manager = new RoomManager({
    engine: memoryEngine(),
    model,
    prices: { '*': { prompt: { text: 1 }, response: { text: 1 } } },
  });
  const server = await TestRoomServer.start(manager, telemetry === undefined ? {} : { telemetry });
  await manager.create({ id: 'secret-room', name: 'secret name', waitingRoom: true });
  cleanUp = [() => server.stop(), () => manager.shutdown(), () => emulator.close()];
  return server;
}

test('rooms are counted: people, entries, joins, turns and closes, and no word or name of it', async () => {
  const reader = new InMemoryReader('colloquy.rooms.');
  const server = await start({ meter: new MeterProvider({ readers: [reader] }).getMeter('test') });
  const ana = await server.join('secret-room', { ticket: 'secret-ana.host' });
  await ana.until('model', ({ model }) => model.status === 'listening');
  const ben = await server.join('secret-room', { ticket: 'secret-ben' });
  await ben.until('waiting');
  ana.say({ type: 'media', media: { microphone: true, camera: false, screen: false } });
  ana.say({ type: 'pub', cid: 'tab1:1', kind: 'msg.text', body: { text: 'secret words', toModel: true } });
  await ana.until('usage');
  const points = await reader.points();
  expect(points).toMatchObject({
    'active{}': 1,
    'people{state=in}': 1,
    'people{state=waiting}': 1,
    'connections{}': 1,
    'microphones{}': 1,
    'buffered{}': 0,
    'join.duration{outcome=page}': 1,
    'turns{interrupted=false}': 1,
    'tokens{direction=prompt}': expect.any(Number),
    'cost{}': expect.any(Number),
  });
  // An arrival, the session, the text and the answer.
  expect(points['append.duration{outcome=appended}']).toBeGreaterThanOrEqual(4);
  ana.say({ type: 'request', id: 'r', action: 'refuse', participantId: 'p-secret-ben', reason: 'secret reason' });
  await ben.closed;
  expect(await reader.points()).toMatchObject({ 'closes{close_code=4403}': 1, 'people{state=waiting}': 0 });
  expect(JSON.stringify(await reader.points())).not.toContain('secret');
});

test('a server that is closed is observed no more', async () => {
  const reader = new InMemoryReader('colloquy.rooms.');
  const server = await start({ meter: new MeterProvider({ readers: [reader] }).getMeter('test') });
  await server.rooms.close({ graceMs: 0 });
  expect(await reader.points()).toEqual({});
});
