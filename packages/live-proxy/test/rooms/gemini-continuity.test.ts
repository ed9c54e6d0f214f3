import type { HistoryTurn } from '@colloquy/room-core';
import { settle } from '@colloquy/room-core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { UpstreamConnection } from '../support/scripted-upstream.ts';
import { type BenchOptions, GeminiBench, kindsSentTo, sentTo, setupOf } from './gemini-bench.ts';

let bench: GeminiBench;
let first: UpstreamConnection;

async function ready(options?: BenchOptions): Promise<void> {
  bench = await GeminiBench.ready(options);
  first = await bench.upstream.connection();
}

beforeEach(() => ready());
afterEach(() => bench.stop());

const words = { serverContent: { outputTranscription: { text: ' well' } } };
const complete = { serverContent: { turnComplete: true } };
const handle = (newHandle: string) => ({ sessionResumptionUpdate: { newHandle, resumable: true } });
const goAway = { goAway: { timeLeft: '50s' } };

/** Lets the session notice, and runs out the wait before the next attempt. */
async function retry(attempt = 0): Promise<void> {
  await bench.until('reconnecting', attempt);
  bench.clock.advance(10_000);
}

test('goAway at a quiet moment: the old connection is closed first, then the session goes on with the newest handle', async () => {
  const order: string[] = [];
  first.socket.on('close', () => order.push('closed'));
  bench.upstream.onConnection = () => order.push('connected');
  await bench.say(first, handle('h1'), handle('h2'));
  await bench.say(first, goAway);
  const second = await bench.upstream.connection(1);
  expect(order).toEqual(['closed', 'connected']);
  expect((await first.closed).code).toBe(1000);
  expect((await setupOf(second)).sessionResumption).toEqual({ handle: 'h2' });
  expect(await bench.until('ready', 1)).toEqual({ type: 'ready', model: 'gemini-3.8-live', resumed: true });
  expect(bench.types).toEqual(['ready', 'resumable', 'resumable', 'reconnecting', 'ready']);
});

test('a service that sends every new connection away is asked again with pauses only', async () => {
  let connections = 1;
  bench.upstream.onConnection = () => {
    connections += 1;
  };
  await bench.say(first, handle('h1'), { goAway: { timeLeft: '-1s' } });
  const second = await bench.upstream.connection(1);
  await bench.until('ready', 1);
  await bench.say(second, goAway);
  await bench.until('reconnecting', 2);
  expect(connections).toBe(2);
  bench.clock.advance(1_000);
  await bench.upstream.connection(2);
  await bench.until('ready', 2);
});

test('goAway in the middle of an answer waits for its end, and no word is lost', async () => {
  await bench.say(first, handle('h1'), words, goAway, words);
  await settle();
  expect(bench.upstream.connections).toHaveLength(1);
  await bench.say(first, complete);
  await bench.until('ready', 1);
  expect(bench.ofType('outputTranscript')).toHaveLength(2);
  expect(bench.types.slice(-3)).toEqual(['turnComplete', 'reconnecting', 'ready']);
});

test('goAway while a tool runs, or the newest handle is not good yet, waits for it', async () => {
  await bench.say(first, handle('h1'), { toolCall: { functionCalls: [{ id: 'c1', name: 'note', args: {} }] } }, goAway);
  bench.session.sendToolResponse('c1', 'note', {});
  await bench.say(first, { sessionResumptionUpdate: { resumable: false } });
  await settle();
  expect(bench.upstream.connections).toHaveLength(1);
  await bench.say(first, handle('h2'));
  expect((await setupOf(await bench.upstream.connection(1))).sessionResumption).toEqual({ handle: 'h2' });
});

test('goAway does not wait longer than the service does', async () => {
  await bench.say(first, handle('h1'), words, goAway);
  bench.clock.advance(39_999);
  await settle();
  expect(bench.upstream.connections).toHaveLength(1);
  bench.clock.advance(1);
  await bench.until('ready', 1);
});

test('an answer that is complete but for its playing ends as complete, not as cut', async () => {
  await bench.say(first, handle('h1'), words, { serverContent: { generationComplete: true } }, goAway);
  bench.clock.advance(40_000);
  await bench.until('ready', 1);
  expect(bench.types.slice(-3)).toEqual(['turnComplete', 'reconnecting', 'ready']);
});

test('a room that asks on as soon as an answer ends is heard, also when the connection has just been lost', async () => {
  await bench.say(first, handle('h1'), words, { serverContent: { generationComplete: true } });
  const push = bench.events.push.bind(bench.events);
  bench.events.push = (event) => {
    if (event.type === 'turnComplete') bench.session.sendText('Ana: and then?');
    return push(event);
  };
  first.socket.terminate();
  await retry();
  expect(JSON.stringify(await sentTo(await bench.upstream.connection(1), 1))).toContain('and then?');
});

test('input during the change is kept and sent on the new connection', async () => {
  bench.upstream.onSetup = () => {};
  await bench.say(first, handle('h1'), goAway);
  const second = await bench.upstream.connection(1);
  await second.message(0);
  bench.session.sendAudio(new Int16Array(320).fill(5));
  bench.session.sendText('Ben: still there?');
  bench.session.sendContext('[Cleo has joined]');
  second.socket.send('{"setupComplete":{}}');
  await sentTo(second, 2);
  expect(kindsSentTo(second)).toEqual(['realtimeInput.audio', 'clientContent']);
  // The note goes with the next quiet moment.
  await bench.say(second, complete);
  expect(JSON.stringify(await sentTo(second, 3))).toContain('Cleo');
});

test('a connection that breaks is made again with the handle, after a pause', async () => {
  await bench.say(first, handle('h1'));
  first.socket.terminate();
  expect((await bench.until('reconnecting')).reason).toMatch(/closed the connection \(1006\)/);
  bench.clock.advance(249);
  await settle();
  expect(bench.upstream.connections).toHaveLength(1);
  bench.clock.advance(1);
  expect((await setupOf(await bench.upstream.connection(1))).sessionResumption).toEqual({ handle: 'h1' });
  expect(await bench.until('ready', 1)).toMatchObject({ resumed: true });
});

test('a session that the service ends with 1000 goes on: the room is still there', async () => {
  await bench.say(first, handle('h1'));
  first.socket.close(1000);
  await retry();
  expect(await bench.until('ready', 1)).toMatchObject({ resumed: true });
});

test('without a handle a fresh session begins, seeded from the log as it is then', async () => {
  await bench.stop();
  const log: HistoryTurn[] = [{ role: 'user', text: 'Ana: one' }];
  await ready({ history: async () => [...log] });
  log.push({ role: 'user', text: 'Ben: two' });
  first.socket.close(1011, 'Internal error encountered.');
  await retry();
  const second = await bench.upstream.connection(1);
  expect((await setupOf(second)).sessionResumption).toEqual({});
  expect(JSON.stringify(await sentTo(second, 1))).toContain('Ben: two');
  expect(await bench.until('ready', 1)).toMatchObject({ resumed: false });
});

test('a handle that the service does not know is dropped, and open calls are told to be lost', async () => {
  await bench.say(first, handle('h1'), { toolCall: { functionCalls: [{ id: 'c1', name: 'note', args: {} }] } });
  bench.upstream.onSetup = ({ socket }) => socket.close(1008, 'BidiGenerateContent session not found');
  first.socket.terminate();
  await retry();
  await (await bench.upstream.connection(1)).closed;
  bench.upstream.onSetup = ({ socket }) => socket.send('{"setupComplete":{}}');
  await retry(1);
  expect((await setupOf(await bench.upstream.connection(2))).sessionResumption).toEqual({});
  expect(await bench.until('toolCallsCancelled')).toEqual({ type: 'toolCallsCancelled', callIds: ['c1'] });
  const third = await bench.upstream.connection(2);
  bench.session.sendToolResponse('c1', 'note', {});
  bench.session.sendText('Ana: go on');
  await sentTo(third, 1);
  expect(kindsSentTo(third)).toEqual(['clientContent']);
});

test('a handle that keeps failing is given up for a fresh session', async () => {
  await bench.say(first, handle('h1'));
  bench.upstream.onSetup = ({ socket }) => socket.close(1011);
  first.socket.terminate();
  for (const attempt of [0, 1, 2]) {
    await retry(attempt);
    const { sessionResumption } = await setupOf(await bench.upstream.connection(attempt + 1));
    expect(sessionResumption).toEqual(attempt < 2 ? { handle: 'h1' } : {});
  }
});

test('[17] SHARE4 a session of another server whose connection stays open is asked for again within a second, then one begins from the log at once', async () => {
  await bench.stop();
  let readings = 0;
  const history = async () => {
    readings += 1;
    return [{ role: 'user', text: 'Ana: one' }] as const;
  };
  bench = await GeminiBench.start({ resume: 'h0', history });
  bench.upstream.onSetup = ({ socket }) => socket.close(1011);
  const startedAt = bench.clock.monotonic();
  for (const [attempt, pauseMs] of [250, 500, 0].entries()) {
    expect((await setupOf(await bench.upstream.connection(attempt))).sessionResumption).toEqual({ handle: 'h0' });
    await bench.until('reconnecting', attempt);
    // It may be needed: nobody waits for it later.
    expect(readings).toBe(1);
    if (pauseMs === 0) bench.upstream.onSetup = ({ socket }) => socket.send('{"setupComplete":{}}');
    bench.clock.advance(pauseMs);
  }
  const fresh = await bench.upstream.connection(3);
  expect((await setupOf(fresh)).sessionResumption).toEqual({});
  expect(JSON.stringify(await sentTo(fresh, 1))).toContain('Ana: one');
  expect(await bench.until('ready')).toMatchObject({ resumed: false });
  expect(bench.clock.monotonic() - startedAt).toBe(750);
  expect(readings).toBe(1);
});

test('[17] SHARE4 a session of another server that the service gives up meanwhile goes on, and is this one’s own from then on', async () => {
  await bench.stop();
  bench = await GeminiBench.start({ resume: 'h0' });
  bench.upstream.onSetup = ({ socket }) => socket.close(1011);
  await bench.until('reconnecting');
  bench.upstream.onSetup = ({ socket }) => socket.send('{"setupComplete":{}}');
  bench.clock.advance(250);
  expect(await bench.until('ready')).toMatchObject({ resumed: true });
  // Long after that its own handle is refused: it is asked for twice, as ever.
  bench.clock.advance(60_000);
  bench.upstream.onSetup = ({ socket }) => socket.close(1011);
  (await bench.upstream.connection(1)).socket.terminate();
  for (const attempt of [0, 1, 2]) {
    await bench.until('reconnecting', 1 + attempt);
    bench.clock.advance(2_000);
    const { sessionResumption } = await setupOf(await bench.upstream.connection(2 + attempt));
    expect(sessionResumption).toEqual(attempt < 2 ? { handle: 'h0' } : {});
  }
});

test('[17] SHARE4 with no limit a session of another server whose connection is still open is asked for twice', async () => {
  await bench.stop();
  const history = async () => [{ role: 'user', text: 'Ana: one' }] as const;
  bench = await GeminiBench.start({ resume: 'h0', history, limits: { maxResumeMs: 0 } });
  bench.upstream.onSetup = ({ socket }) => socket.close(1011);
  for (const attempt of [0, 1]) {
    expect((await setupOf(await bench.upstream.connection(attempt))).sessionResumption).toEqual({ handle: 'h0' });
    await bench.until('reconnecting', attempt);
    if (attempt === 1) bench.upstream.onSetup = ({ socket }) => socket.send('{"setupComplete":{}}');
    bench.clock.advance(2_000);
  }
  const third = await bench.upstream.connection(2);
  expect((await setupOf(third)).sessionResumption).toEqual({});
  expect(JSON.stringify(await sentTo(third, 1))).toContain('Ana: one');
  expect(await bench.until('ready')).toMatchObject({ resumed: false });
});

test.each([
  ['is not known', 'BidiGenerateContent session not found'],
  ['has expired', 'BidiGenerateContent session expired'],
])(
  '[18] SHARE4 a session of another server whose handle %s begins anew from the log at once; what was heard is not sent again',
  async (_, reason) => {
    await bench.stop();
    bench = await GeminiBench.start({ resume: 'h0', history: async () => [{ role: 'user', text: 'Ana: one' }] });
    bench.upstream.onSetup = ({ socket }) => {
      bench.upstream.onSetup = ({ socket: next }) => next.send('{"setupComplete":{}}');
      socket.close(1008, reason);
    };
    await (await bench.upstream.connection(0)).closed;
    await bench.until('reconnecting');
    bench.clock.advance(0);
    const second = await bench.upstream.connection(1);
    expect((await setupOf(second)).sessionResumption).toEqual({});
    expect(await bench.until('ready')).toMatchObject({ resumed: false });
    expect(JSON.stringify(await sentTo(second, 1))).toContain('Ana: one');
    bench.session.sendText('Ben: two');
    await sentTo(second, 2);
    expect(kindsSentTo(second)).toEqual(['clientContent', 'clientContent']);
  },
);

test('[19] HEAR6 goAway during a turn: the answer is whole, the session goes on, and of what people say meanwhile the newest two seconds are sent', async () => {
  bench.upstream.onSetup = () => {};
  await bench.say(first, handle('h1'), words, goAway);
  expect(bench.upstream.connections).toHaveLength(1);
  await bench.say(first, words, complete);
  const second = await bench.upstream.connection(1);
  expect((await setupOf(second)).sessionResumption).toEqual({ handle: 'h1' });
  // Ten seconds, each frame another one.
  for (let frame = 0; frame < 500; frame += 1) bench.session.sendAudio(new Int16Array(320).fill(frame + 1));
  second.socket.send('{"setupComplete":{}}');
  expect(await bench.until('ready', 1)).toMatchObject({ resumed: true });
  const sent = await Promise.all(Array.from({ length: 100 }, (_, index) => sentTo(second, index + 1)));
  bench.session.sendText('Ana: over');
  await sentTo(second, 101);
  const samples = (message: unknown) => {
    const { realtimeInput } = message as { realtimeInput: { audio: { data: string } } };
    return Buffer.from(realtimeInput.audio.data, 'base64').readInt16LE(0);
  };
  expect(sent.map(samples)).toEqual(Array.from({ length: 100 }, (_, index) => 401 + index));
  expect(kindsSentTo(second)).toHaveLength(101);
  expect(bench.ofType('outputTranscript')).toHaveLength(2);
  expect(bench.types.slice(-3)).toEqual(['turnComplete', 'reconnecting', 'ready']);
});

test('what fails for good fails at once, with what to do about it', async () => {
  first.socket.close(1007, 'API key expired. Please renew the API key.');
  expect(await bench.until('failed')).toEqual({
    type: 'failed',
    code: 'ERR_GEMINI_API_KEY',
    reason: 'The model closed the connection: API key expired. Please renew the API key. Renew the API key.',
  });
  expect(bench.clock.pendingTimers).toBe(0);
  expect(bench.upstream.connections).toHaveLength(1);
});

test('a service that stays away is given up after six attempts', async () => {
  bench.upstream.refuseWith = 503;
  first.socket.terminate();
  for (let attempt = 0; attempt < 5; attempt += 1) await retry(attempt);
  const { code, reason } = await bench.until('failed');
  expect(code).toBe('ERR_UPSTREAM_REFUSED');
  expect(reason).toMatch(/cannot be reached.*after 6 attempts/);
  expect(reason).not.toContain('127.0.0.1');
});

test('a service that does not answer the setup is left', async () => {
  bench.upstream.onSetup = () => {};
  first.socket.terminate();
  await bench.until('reconnecting');
  bench.clock.advance(250);
  const second = await bench.upstream.connection(1);
  await second.message(0);
  bench.clock.advance(10_000);
  expect((await bench.until('reconnecting', 1)).reason).toMatch(/did not answer the setup within 10000 ms/);
  await second.closed;
});

test('a question to which nothing came back is asked again, and is not in the history as well', async () => {
  await bench.stop();
  const history = async () => [
    { role: 'model', text: 'Hello.' } as const,
    { role: 'user', text: 'Ana: why?' } as const,
    { role: 'user', text: 'Ben: how?' } as const,
  ];
  await ready({ history });
  await sentTo(first, 1);
  bench.session.sendText('Ana: why?\nBen: how?');
  await sentTo(first, 2);
  first.socket.terminate();
  await retry();
  const second = await bench.upstream.connection(1);
  expect(await sentTo(second, 1)).toMatchObject({ clientContent: { turns: [{ parts: [{ text: 'Hello.' }] }] } });
  expect(await sentTo(second, 2)).toMatchObject({
    clientContent: { turns: [{ parts: [{ text: 'Ana: why?\nBen: how?' }] }], turnComplete: true },
  });
});

test('a question that was being answered is not asked again', async () => {
  await bench.say(first, handle('h1'));
  bench.session.sendText('Ana: why?');
  await sentTo(first, 1);
  await bench.say(first, words);
  first.socket.terminate();
  await retry();
  await bench.until('ready', 1);
  bench.session.sendAudioStreamEnd();
  const second = await bench.upstream.connection(1);
  await sentTo(second, 1);
  expect(kindsSentTo(second)).toEqual(['realtimeInput.audioStreamEnd']);
});

test('audio that the service could not read is not sent a second time', async () => {
  bench.upstream.onSetup = () => {};
  first.socket.terminate();
  await retry();
  const second = await bench.upstream.connection(1);
  await second.message(0);
  bench.session.sendAudio(new Int16Array(320));
  bench.session.sendText('Ana: hello');
  const reason = 'error when processing input audio, please check if the inputaudio is in valid format';
  second.socket.close(1007, reason);
  bench.upstream.onSetup = ({ socket }) => socket.send('{"setupComplete":{}}');
  await retry(1);
  const third = await bench.upstream.connection(2);
  await sentTo(third, 1);
  expect(kindsSentTo(third)).toEqual(['clientContent']);
});

test('closing during a pause ends it, and during a change the next connection never comes', async () => {
  first.socket.terminate();
  await bench.until('reconnecting');
  await bench.session.close();
  expect(bench.clock.pendingTimers).toBe(0);
  await bench.stop();
  await ready();
  await bench.say(first, handle('h1'), goAway);
  await bench.session.close();
  await bench.upstream.deserted();
  expect(bench.ofType('ready')).toHaveLength(1);
});

test('a service that stops reading loses live media, and after ten seconds its connection', async () => {
  await bench.say(first, handle('h1'));
  first.socket.pause();
  const picture = new Uint8Array(500_000);
  for (let sent = 0; sent < 60; sent += 1) {
    bench.session.sendImage(picture, 'image/jpeg');
    await settle();
  }
  bench.session.sendAudio(new Int16Array(320));
  expect(bench.types).not.toContain('reconnecting');
  bench.clock.advance(10_000);
  bench.session.sendAudio(new Int16Array(320));
  expect((await bench.until('reconnecting')).reason).toMatch(/stopped reading/);
  bench.clock.advance(10_000);
  await bench.until('ready', 1);
});
