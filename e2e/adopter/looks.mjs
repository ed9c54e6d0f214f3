// What is looked at when an example of the READMEs has run: each look gets what the example names at its top level.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { archivedEngine } from '@colloquy/room-core/archive';
import { gcsColdStore } from '@colloquy/room-core/gcs';
import { redisEngine, redisNode } from '@colloquy/room-core/redis';
import { RecordingConnection } from '@colloquy/room-core/testing';

/** What came for `callbacks`, and what `console.warn` got. */
export const heard = [];
export const warnings = [];

/** The server takes the ticket, and the model answers. */
export async function anySdk({ session }) {
  session.sendClientContent({ turns: 'Good morning!' });
  await until('an answer', () => heard.some(({ serverContent }) => serverContent?.modelTurn));
  session.close();
}

/** The talk is written down without its key and its sound, and is played to whoever comes. */
export async function recording({ player }) {
  const text = await readFile('talk.jsonl', 'utf8');
  const lines = text.trim().split('\n');
  const [header, ...rest] = lines.map((line) => JSON.parse(line));
  assert.equal(header.media, 'fingerprint');
  const kinds = rest.map(({ type, message = {} }) => [type, ...Object.keys(message)].join(' '));
  assert.deepEqual(
    kinds.filter((kind) => !kind.startsWith('server ')),
    ['open', 'client setup', 'client realtimeInput', 'close'],
  );
  assert.equal(kinds[2], 'server setupComplete');
  assert.match(text, /"sha256":/);
  assert.doesNotMatch(text, new RegExp(KEY));
  await talk(player.wsUrl);
  await player.close();
}

/** What is written is in the bucket, where a server finds it that has nothing else. */
export async function storeBehind({ engine }) {
  await isKept(engine, { bucket: 'my-rooms', prefix: 'studio/' });
}

/** The same, with Redis in front. */
export async function storeBehindRedis({ engine }) {
  await isKept(engine, { bucket: 'my-rooms' });
}

/** What is written at one server is read at another one, and settings with which rooms get lost are told. */
export async function sharedLog({ engine }) {
  const id = await writtenRoom(engine);
  const other = redisEngine({ connection: process.env.REDIS_URL });
  assert.deepEqual(await textsOf(other, id), ['Good morning!']);
  assert.match(warnings.join('\n'), /noeviction/);
  await Promise.all([engine.close(), other.close()]);
}

/** People at two servers are in one room, which goes on at the other server when its own is told to end. */
export async function sharedRooms({ rooms, connection }) {
  const shared = { engine: redisEngine({ connection }), node: redisNode({ connection }), model: globalThis.model };
  const others = new RoomManager(shared);
  const { id } = await rooms.create({ name: 'Panel' });
  const [ana, ben] = [new RecordingConnection('a'), new RecordingConnection('b')];
  await rooms.connect(id, person('Ana'), ana);
  await others.connect(id, person('Ben'), ben);
  const names = ben.of('welcome').flatMap(({ participants }) => participants.map(({ name }) => name));
  assert(names.includes('Ana'), `Ben sees ${names}.`);
  const before = await shared.node.holder(id);
  assert.notEqual(before?.nodeId, shared.node.nodeId);
  process.emit('SIGTERM');
  await until('a hand-over', async () => (await shared.node.holder(id))?.nodeId === shared.node.nodeId);
  assert.equal(ana.of('goaway').length, 1);
  await others.shutdown();
}

const KEY = 'a-key-of-somebody';
const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';

/** Says a moment of silence to a server of Gemini's wire. */
export async function talk(url) {
  const socket = new WebSocket(`${url}${PATH}?key=${KEY}`);
  const within = { signal: AbortSignal.timeout(30_000) };
  await once(socket, 'open', within);
  socket.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }));
  const [{ data }] = await once(socket, 'message', within);
  assert.deepEqual(await new Response(data).json(), { setupComplete: {} });
  const audio = { mimeType: 'audio/pcm;rate=16000', data: Buffer.alloc(1_280).toString('base64') };
  socket.send(JSON.stringify({ realtimeInput: { audio } }));
  socket.close(1000);
  await once(socket, 'close', within);
}

async function isKept(engine, bucket) {
  const id = await writtenRoom(engine);
  await until('a stored entry', async () => {
    await engine.flush();
    return engine.flushed(id) === 1;
  });
  await engine.close();
  const later = archivedEngine({ engine: memoryEngine(), cold: gcsColdStore(bucket) });
  assert.deepEqual(await textsOf(later, id), ['Good morning!']);
  await later.close();
}

async function writtenRoom(engine) {
  const { id } = await new RoomManager({ engine, model: null }).create({ name: 'Panel' });
  const body = { text: 'Good morning!', toModel: false };
  await engine.append(id, { kind: 'msg.text', actor: { participantId: 'ana', name: 'Ana' }, body });
  return id;
}

async function textsOf(engine, id) {
  const entries = await engine.read(id, { from: 1, limit: 10 });
  return entries.filter(({ kind }) => kind === 'msg.text').map(({ body }) => body.text);
}

function person(name) {
  const participantId = name.toLowerCase();
  return { identity: { participantId, name, role: 'speaker' }, clientId: `tab-${participantId}` };
}

async function until(what, isSo) {
  for (const end = performance.now() + 30_000; !(await isSo()); ) {
    if (performance.now() > end) throw new Error(`There was never ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
