import { DEFAULT_ROOM_CONFIGURATION, MediaFlag, MediaKind } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { ModelEvent } from '../src/ports/model-session.ts';
import { settle } from '../src/testing/fake-clock.ts';
import type { RecordingConnection } from '../src/testing/recording-connection.ts';
import { fromPcmBytes } from '../src/testing/signals.ts';
import { Stage } from './support/stage.ts';

const says = (text: string): ModelEvent => ({ type: 'outputTranscript', text });
const audio = (samples: number, from = 0): ModelEvent => ({
  type: 'audio',
  samples: Int16Array.from({ length: samples }, (_, index) => (from + index) % 1000),
});
const done: ModelEvent = { type: 'turnComplete', reason: null };
const generated: ModelEvent = { type: 'generationComplete' };
const interrupted: ModelEvent = { type: 'interrupted' };
const failed: ModelEvent = { type: 'failed', code: 'ERR_QUOTA', reason: 'the quota is used up' };

const statuses = (port: RecordingConnection) => port.of('model').map(({ model }) => model.status);
const heard = (port: RecordingConnection) => port.frames.filter(({ kind }) => kind === MediaKind.modelAudio);

describe('model session', () => {
  it('MODEL1 opens one session when the first person comes, with configuration and names, and keeps it for the others', async () => {
    const stage = await Stage.open();
    expect(stage.model.sessions).toHaveLength(0);
    await stage.join('Ana');
    await stage.join('Ben');
    expect(stage.model.sessions).toHaveLength(1);
    const { roomId, roster, configuration } = stage.model.session.options;
    expect({ roomId, roster: roster(), configuration }).toEqual({
      roomId: stage.roomId,
      roster: ['Ana', 'Ben'],
      configuration: { ...DEFAULT_ROOM_CONFIGURATION, speakerCues: 'none' },
    });
    expect((await stage.entries()).filter(({ kind }) => kind === 'session.started')).toMatchObject([
      { actor: { participantId: 'room' }, body: { model: 'scripted-model' } },
    ]);
  });

  it('MODEL2 closes the session 30 s after the last person left, and opens a fresh one for the next', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const { session } = stage.model;
    ana.connection.receive({ type: 'leave' });
    await stage.clock.run(29_900, 100);
    expect(session.closed).toBe(false);
    await stage.clock.run(100, 100);
    expect(session.closed).toBe(true);
    expect(session.options.signal.aborted).toBe(true);
    expect(stage.clock.pendingTimers).toBe(0);
    await stage.join('Ana');
    expect(stage.model.sessions).toHaveLength(2);
  });

  it('scenario 50: MODEL2 lets an answer go on for 30 s after the last person left, then seals the room with what was said', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const { session } = stage.model;
    session.emit(says('Once upon'));
    ana.connection.receive({ type: 'leave' });
    await stage.clock.run(10_000, 1_000);
    session.emit(says(' a time'));
    await stage.clock.run(20_000, 1_000);
    expect(session.closed).toBe(true);
    expect(stage.rooms.sessions()).toEqual([]);
    expect((await stage.entries()).at(-1)).toMatchObject({
      kind: 'ai.interrupted',
      body: { text: 'Once upon a time', reason: 'closed' },
    });
  });

  it('MODEL2 keeps the session for whoever comes back in time', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    ana.connection.disconnected();
    // Grace, then nearly all of the empty time.
    await stage.clock.run(15_000 + 29_000, 1_000);
    await stage.join('Ana');
    await stage.clock.run(120_000, 5_000);
    expect(stage.model.sessions).toHaveLength(1);
    expect(stage.model.session.closed).toBe(false);
  });

  it('MODEL3 shows everybody what the model does', async () => {
    const stage = await Stage.open({ autoReady: false });
    const ana = await stage.join('Ana');
    expect(ana.port.last('welcome').model.status).toBe('off');
    stage.model.session.ready();
    ana.say('hi', { toModel: true });
    await settle();
    stage.model.session.emit(says('Hello'), done);
    stage.model.session.emit({ type: 'reconnecting', reason: 'the connection is replaced' });
    stage.model.session.ready({ resumed: true });
    expect(statuses(ana.port)).toEqual([
      'connecting',
      'listening',
      'thinking',
      'speaking',
      'listening',
      'reconnecting',
      'listening',
    ]);
    expect(ana.port.of('model')[5]?.model).toEqual({
      status: 'reconnecting',
      turn: 1,
      reason: 'the connection is replaced',
    });
    const speaking = ana.port.of('presence').flatMap(({ changed }) => changed.filter(({ index }) => index === 0));
    expect(speaking.map((participant) => participant.speaking)).toEqual([true, false]);
    await settle();
    expect(await stage.kinds()).toContain('session.resumed');
  });

  it('MODEL3 stops thinking when the model chooses silence', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    ana.say('hi', { toModel: true });
    await settle();
    expect(statuses(ana.port).at(-1)).toBe('thinking');
    stage.clock.advance(15_000);
    expect(statuses(ana.port).at(-1)).toBe('listening');
    ana.say('hi', { toModel: true });
    await settle();
    stage.model.session.emit(done);
    expect(statuses(ana.port).at(-1)).toBe('listening');
  });

  it('MODEL4 tells why a session failed, and does not try again by itself', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    stage.model.session.emit(failed);
    await settle();
    expect(ana.port.last('model').model).toEqual({ status: 'failed', turn: 0, reason: 'the quota is used up' });
    expect(ana.port.entries.at(-1)).toMatchObject({
      kind: 'session.lost',
      body: { reason: 'the quota is used up', code: 'ERR_QUOTA' },
    });
    await stage.clock.run(600_000, 10_000);
    expect(stage.model.sessions).toHaveLength(1);
  });

  it('MODEL5 tries again when somebody writes to the model, joins or opens a microphone, never faster than the backoff allows', async () => {
    const stage = await Stage.open({ autoReady: false });
    const ana = await stage.join('Ana');
    const attempts = () => stage.model.sessions.length;
    const fail = () => stage.model.session.emit(failed);
    fail();
    ana.say('hello?', { toModel: true });
    await settle();
    expect(attempts()).toBe(1);
    stage.clock.advance(999);
    expect(attempts()).toBe(1);
    stage.clock.advance(1);
    expect(attempts()).toBe(2);
    fail();
    await stage.join('Ben');
    stage.clock.advance(1_999);
    expect(attempts()).toBe(2);
    stage.clock.advance(1);
    expect(attempts()).toBe(3);
    fail();
    for (let impatience = 0; impatience < 5; impatience += 1) {
      ana.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    }
    stage.clock.advance(60_000);
    expect(attempts()).toBe(4);
    // People talking to each other are no reason to try.
    fail();
    ana.say('never mind');
    await settle();
    stage.clock.advance(60_000);
    expect(attempts()).toBe(4);
  });

  it('MODEL5 starts with the short delay again after a session that lasted', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    for (let round = 0; round < 3; round += 1) {
      stage.model.session.emit(failed);
      ana.say('hello?', { toModel: true });
      await stage.clock.run(70_000, 5_000);
    }
    expect(stage.model.sessions).toHaveLength(4);
    stage.model.session.emit(failed);
    ana.say('hello?', { toModel: true });
    await settle();
    stage.clock.advance(1_000);
    expect(stage.model.sessions).toHaveLength(5);
  });

  it('MODEL6 ignores what an ended session still says', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const old = stage.model.session;
    old.emit(failed);
    const before = ana.port.messages.length;
    old.emit(says('ghost'), audio(480), { type: 'ready', model: 'x', resumed: false }, failed);
    await settle();
    expect(ana.port.messages.slice(before).filter(({ type }) => type !== 'entries')).toEqual([]);
    expect(heard(ana.port)).toEqual([]);
    expect((await stage.kinds()).filter((kind) => kind === 'session.lost')).toHaveLength(1);
  });

  it('MODEL7 survives a port that cannot open a session and a session that throws', async () => {
    const stage = await Stage.open();
    stage.model.open = () => {
      throw new Error('no such model');
    };
    const ana = await stage.join('Ana');
    expect(ana.port.last('model').model).toMatchObject({ status: 'failed', reason: 'no such model' });
    expect(stage.errors[0]).toMatchObject({ stage: 'model' });

    const other = await Stage.open();
    const ben = await other.join('Ben');
    other.model.session.sendText = () => {
      throw new Error('at fault');
    };
    ben.say('hi', { toModel: true });
    await settle();
    expect(ben.port.of('ack')).toHaveLength(1);
    expect(other.errors[0]).toMatchObject({ stage: 'model', error: { message: 'at fault' } });
  });

  it('MODEL8 sends what people write to the model with their names, in the order of the log', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    ana.say('What is next?', { toModel: true });
    await settle();
    ben.say('Only for people.');
    await settle();
    ben.say('Yes, what?', { toModel: true });
    await settle();
    expect(stage.model.session.texts).toEqual(['Ana: What is next?', 'Ben: Yes, what?']);
  });

  it('MODEL8 keeps texts until the session is ready and sends them as one turn', async () => {
    const stage = await Stage.open({ autoReady: false });
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    ana.say('one', { toModel: true });
    ben.say('two', { toModel: true });
    await settle();
    expect(stage.model.session.calls).toEqual([]);
    // What waits is not in the history as well, or the model would hear it twice.
    expect(await stage.model.session.options.history()).toEqual([]);
    stage.model.session.ready();
    expect(stage.model.session.texts).toEqual(['Ana: one\nBen: two']);
  });

  it('MODEL9 seeds a fresh session with the last 40 messages, and not with what people wrote to each other only', async () => {
    const stage = await Stage.open({ manager: { limits: { maxTextsPerSecond: 0 } } });
    const ana = await stage.join('Ana');
    for (let n = 1; n <= 45; n += 1) {
      ana.say(`question ${n}`, { toModel: true });
      await settle();
      ana.say('not for the model');
      await settle();
      stage.model.session.emit(says(`answer ${n}`), done);
      await settle();
    }
    stage.model.session.emit(says('half an ans'), interrupted);
    await settle();
    const history = await stage.model.session.options.history();
    expect(history).toHaveLength(40);
    expect(history[0]).toEqual({ role: 'model', text: 'answer 26' });
    expect(history[1]).toEqual({ role: 'user', text: 'Ana: question 27' });
    expect(history.at(-1)).toEqual({ role: 'model', text: 'half an ans' });
  });
});

describe('answers', () => {
  it("ANSWER1 grows the model's words as deltas and stores them as one message when the turn is complete", async () => {
    const stage = await Stage.open();
    const turns: unknown[] = [];
    stage.rooms.on('turnCompleted', ({ turn, text, interrupted: cut }) => turns.push([turn, text, cut]));
    const ana = await stage.join('Ana');
    stage.model.session.emit(says(' Hello'), says(' Ana'), says('.'));
    const deltas = ana.port.of('delta');
    const { messageId } = deltas[0] ?? {};
    const common = {
      type: 'delta',
      messageId,
      kind: 'ai',
      turn: 1,
      speakers: [{ participantId: 'model', name: 'Model' }],
    };
    expect(deltas).toEqual([
      { ...common, offset: 0, text: 'Hello' },
      { ...common, offset: 5, text: ' Ana' },
      { ...common, offset: 9, text: '.' },
    ]);
    stage.model.session.emit(generated, done);
    await settle();
    expect(ana.port.entries.at(-1)).toMatchObject({
      kind: 'ai.message',
      actor: { participantId: 'model', name: 'Model' },
      body: { messageId, turn: 1, text: 'Hello Ana.' },
    });
    expect(turns).toEqual([[1, 'Hello Ana.', false]]);
  });

  it('ANSWER2 gives whoever joins in the middle the words so far, and the next delta goes on exactly there', async () => {
    const stage = await Stage.open();
    await stage.join('Ana');
    stage.model.session.emit(says('Once upon'), audio(960));
    const ben = await stage.join('Ben');
    const [inflight] = ben.port.last('welcome').inflight;
    expect(inflight).toMatchObject({ kind: 'ai', turn: 1, text: 'Once upon' });
    stage.model.session.emit(says(' a time'), audio(480), done);
    await settle();
    const [delta] = ben.port.of('delta');
    expect(delta).toMatchObject({ messageId: inflight?.messageId, offset: inflight?.text.length, text: ' a time' });
    // Audio from now on only.
    expect(heard(ben.port)).toHaveLength(1 + 1);
    expect(ben.port.entries.at(-1)).toMatchObject({ kind: 'ai.message', body: { text: 'Once upon a time' } });
    const cy = await stage.join('Cy');
    expect(cy.port.last('welcome').inflight).toEqual([]);
  });

  it("ANSWER3 cuts the model's voice into frames of 20 ms that count time and turn, and marks the last one", async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    stage.model.session.emit(audio(700), audio(1300, 700));
    expect(heard(ana.port).map(({ payload }) => payload.byteLength)).toEqual([960, 960, 960, 960]);
    stage.model.session.emit(generated, done);
    const frames = heard(ana.port);
    expect(frames.map(({ flags }) => flags)).toEqual([0, 0, 0, 0, MediaFlag.endOfBurst]);
    expect(frames.map(({ mediaTime }) => mediaTime)).toEqual([0, 480, 960, 1440, 1920]);
    expect(frames.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
    expect(frames.every(({ turn, participant, codec }) => turn === 1 && participant === 0 && codec === 2)).toBe(true);
    const samples = frames.flatMap(({ payload }) => [...fromPcmBytes(payload)]);
    expect(samples).toEqual(Array.from({ length: 2000 }, (_, index) => index % 1000));

    stage.model.session.emit(audio(480), done);
    const next = heard(ana.port).slice(5);
    expect(next.map(({ mediaTime, turn, payload }) => [mediaTime, turn, payload.byteLength])).toEqual([
      [0, 2, 960],
      [480, 2, 0],
    ]);
    expect(next.at(-1)?.flags).toBe(MediaFlag.endOfBurst);
  });

  it('ANSWER4 tells everybody at once to fall silent when the model is interrupted, and keeps the words that were sent', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    stage.model.session.emit(says('I think that'), audio(700));
    const framesBefore = heard(ana.port).length;
    const messagesBefore = ana.port.messages.length;
    stage.model.session.emit(interrupted);
    // The first thing of all, before anything is stored.
    expect(ana.port.messages[messagesBefore]).toEqual({ type: 'interrupted', turn: 1 });
    // Late output of the cut turn.
    stage.model.session.emit(says(' you should'), audio(4800), done);
    await settle();
    expect(heard(ana.port)).toHaveLength(framesBefore);
    expect(ana.port.entries.at(-1)).toMatchObject({
      kind: 'ai.interrupted',
      body: { turn: 1, text: 'I think that', reason: 'barge-in' },
    });
    expect(await stage.kinds()).not.toContain('ai.message');
    stage.model.session.emit(says('Yes?'), done);
    await settle();
    expect(ana.port.entries.at(-1)).toMatchObject({ kind: 'ai.message', body: { turn: 2, text: 'Yes?' } });
  });

  it('ANSWER4 keeps the whole text of an answer that was interrupted while it was being played', async () => {
    const stage = await Stage.open();
    await stage.join('Ana');
    stage.model.session.emit(says('All of it.'), audio(480), generated, interrupted, done);
    await settle();
    expect((await stage.entries()).at(-1)).toMatchObject({ kind: 'ai.interrupted', body: { text: 'All of it.' } });
  });

  it('ANSWER4 hears a model again that never says that a cut turn is complete', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    stage.model.session.emit(says('One'), interrupted);
    stage.clock.advance(1_000);
    stage.model.session.emit(says('Two'), done);
    await settle();
    expect(ana.port.entries.at(-1)).toMatchObject({ kind: 'ai.message', body: { turn: 2, text: 'Two' } });
  });

  it('ANSWER5 lets a person stop the answer for everybody; the rest of that turn is never heard', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    ana.connection.receive({ type: 'interrupt' });
    expect(ben.port.of('interrupted')).toEqual([]);
    stage.model.session.emit(says('A long story'), audio(480));
    ana.connection.receive({ type: 'interrupt' });
    expect(ben.port.last('interrupted')).toEqual({ type: 'interrupted', turn: 1 });
    stage.clock.advance(20_000);
    stage.model.session.emit(says(' that goes on'), audio(48_000), generated, done);
    await settle();
    expect(heard(ben.port)).toHaveLength(1);
    expect(ben.port.entries.at(-1)).toMatchObject({ kind: 'ai.interrupted', body: { text: 'A long story' } });
    stage.model.session.emit(audio(480), done);
    expect(heard(ben.port).at(-1)?.turn).toBe(2);
  });

  it.each([
    { event: failed, reason: 'failover' },
    { event: { type: 'ready', model: 'm', resumed: true } as const, reason: 'failover' },
  ])('ANSWER6 keeps a half-said answer when its session is lost ($reason)', async ({ event, reason }) => {
    const stage = await Stage.open();
    await stage.join('Ana');
    stage.model.session.emit(says('Half an'), event);
    await settle();
    expect((await stage.entries()).find(({ kind }) => kind === 'ai.interrupted')).toMatchObject({
      body: { text: 'Half an', reason },
    });
  });

  it('ANSWER6 keeps an answer as a whole one that was sent completely before its session was lost', async () => {
    const stage = await Stage.open();
    await stage.join('Ana');
    stage.model.session.emit(says('All of it.'), generated, failed);
    await settle();
    expect(await stage.kinds()).not.toContain('ai.interrupted');
    expect((await stage.entries()).find(({ kind }) => kind === 'ai.message')).toMatchObject({
      body: { text: 'All of it.' },
    });
  });

  it('ANSWER6 keeps a half-said answer when the room is closed, before its last entry', async () => {
    const stage = await Stage.open();
    await stage.join('Ana');
    stage.model.session.emit(says('Half an'));
    await stage.rooms.close(stage.roomId);
    const [answer, last] = (await stage.entries()).slice(-2);
    expect(answer).toMatchObject({ kind: 'ai.interrupted', body: { text: 'Half an', reason: 'closed' } });
    expect(last?.kind).toBe('room.closed');
  });

  it('ANSWER7 stores nothing for a turn without words', async () => {
    const stage = await Stage.open();
    await stage.join('Ana');
    const before = await stage.kinds();
    stage.model.session.emit(done, audio(480), done, interrupted, done);
    await settle();
    expect(await stage.kinds()).toEqual(before);
  });

  it('ANSWER8 answers a tool call that the room has no tool for, so that the model does not wait', async () => {
    const stage = await Stage.open();
    await stage.join('Ana');
    stage.model.session.emit({ type: 'toolCalls', calls: [{ callId: 'c1', name: 'fly', args: { to: 'Mars' } }] });
    await settle();
    expect(stage.model.session.calls).toMatchObject([{ call: 'toolResponse', callId: 'c1', name: 'fly' }]);
    expect((await stage.entries()).slice(-2)).toMatchObject([
      { kind: 'tool.call', body: { callId: 'c1', name: 'fly', args: { to: 'Mars' } } },
      { kind: 'tool.result', body: { callId: 'c1', outcome: 'failed' } },
    ]);
  });
});
