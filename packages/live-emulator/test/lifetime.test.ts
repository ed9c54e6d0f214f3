import { describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { type BrainTurn, FakeClock, ScriptedBrain } from '../src/index.ts';
import { SeededRandom } from '../src/random.ts';
import { Conversation } from '../src/session/conversation.ts';
import { ResumptionStore } from '../src/session/resumption-store.ts';
import { Bench, type Client, MODELS, type ProfileUnderTest } from './session-harness.ts';

const [phrase] = await loadFixturePhrases();

function handles(client: Client): string[] {
  return client.messages.flatMap((message) => message.sessionResumptionUpdate?.newHandle ?? []);
}

async function reopen(bench: Bench, profile: ProfileUnderTest, handle: string, model?: string): Promise<Client> {
  const { backend } = MODELS[profile];
  const client = bench.connect(backend);
  const generationConfig = { responseModalities: ['AUDIO'] };
  client.send({ setup: { model: model ?? MODELS[profile].model, generationConfig, sessionResumption: { handle } } });
  await bench.clock.advance(400);
  return client;
}

describe('the end of a connection', () => {
  it.each([
    ['3.8', '50s', 550_000],
    ['vertex-2.5-flash', '60s', 540_000],
  ] as const)('of %s is announced %s before, and comes with 1011', async (profile, timeLeft, atMs) => {
    const bench = new Bench();
    const client = await bench.open(profile);
    const warning = await client.until((message) => message.goAway !== undefined, 600_000);
    expect(warning.message.goAway).toEqual({ timeLeft });
    expect(warning.atMs).toBe(atMs);
    await bench.clock.advance(600_000 - atMs);
    expect(client.closed).toEqual({ code: 1011, reason: 'Deadline expired before operation could complete.' });
  });

  it('of a short one is announced at half its time', async () => {
    const bench = new Bench({ maxConnectionSeconds: 20 });
    const client = await bench.open('3.8');
    const warning = await client.until((message) => message.goAway !== undefined);
    expect(warning.message.goAway).toEqual({ timeLeft: '10s' });
  });

  it('never comes when the limit is off', async () => {
    const bench = new Bench({ maxConnectionSeconds: 0 });
    const client = await bench.open('2.5-native');
    await bench.clock.advance(24 * 3_600_000);
    expect(client.closed).toBeNull();
    expect(client.outline(1)).toEqual([]);
  });

  it('can be brought about by a test', async () => {
    const bench = new Bench();
    const client = await bench.open('2.5-native');
    client.session.goAway(9.5);
    expect(client.messages.at(-1)?.goAway).toEqual({ timeLeft: '9.500s' });
    await bench.clock.advance(9_499);
    expect(client.closed).toBeNull();
    await bench.clock.advance(1);
    expect(client.closed?.code).toBe(1011);
  });

  it('comes to sessions without a turn where the option asks for it, however much is sent', async () => {
    const bench = new Bench({ idleTimeoutSeconds: 90, brain: new ScriptedBrain(['A long answer. '.repeat(200)]) });
    const client = await bench.open('2.5-native');
    await bench.clock.advance(60_000);
    client.say('Tell me.');
    const { atMs } = await client.turnComplete(600_000);
    expect(atMs).toBeGreaterThan(200_000);
    await bench.clock.advance(60_000);
    client.silence(0.02);
    await bench.clock.advance(29_900);
    expect(client.closed).toBeNull();
    await bench.clock.advance(100);
    expect(client.closed).toEqual({ code: 1008, reason: 'The operation was aborted.' });
  });

  it('comes to silent clients where another option asks for that', async () => {
    const bench = new Bench({ idleTimeoutSeconds: 90, unverified: { idle: 'withoutMessages' } });
    const client = await bench.open('2.5-native');
    await bench.clock.advance(60_000);
    client.silence(0.02);
    await bench.clock.advance(60_000);
    expect(client.closed).toBeNull();
    await bench.clock.advance(30_000);
    expect(client.closed).toEqual({ code: 1008, reason: 'The operation was aborted.' });
  });

  it('has the code and the words of the option', async () => {
    const closes = { lifetimeOver: { closeCode: 1008, reason: 'The operation was aborted.' } };
    const bench = new Bench({ closes });
    const client = await bench.open('3.8');
    await bench.clock.advance(600_000);
    expect(client.closed).toEqual({ code: 1008, reason: 'The operation was aborted.' });
  });

  it('comes to those who send no setup, if it is waited for at all', async () => {
    const patient = new Bench({ maxConnectionSeconds: 0 }).connect();
    const bench = new Bench({ setupTimeoutSeconds: 15 });
    const silent = bench.connect();
    const prompt = await bench.open('3.8');
    await bench.clock.advance(14_000);
    expect(silent.closed).toBeNull();
    await bench.clock.advance(1_000);
    expect(silent.closed).toEqual({ code: 1011, reason: 'Deadline expired before operation could complete.' });
    await bench.clock.advance(60_000);
    expect([prompt.closed, patient.closed]).toEqual([null, null]);
  });

  it('leaves no timer behind, whoever ends it and when', async () => {
    const bench = new Bench();
    const early = bench.connect();
    early.send({ setup: { model: MODELS['3.8'].model, generationConfig: { responseModalities: ['AUDIO'] } } });
    await bench.clock.advance(10);
    early.leave();
    await bench.clock.advance(1_000);
    expect(early.received).toEqual([]);
    const idle = await bench.open('3.8');
    idle.leave();
    const talking = await bench.open('3.8', { inputAudioTranscription: {} });
    talking.speak(phrase?.samples ?? new Int16Array(0));
    talking.silence(1);
    await bench.clock.advance(900);
    talking.leave();
    const closed = await bench.open('3.1');
    closed.say('Hello.');
    closed.session.close(1000, '');
    await bench.clock.advance(1);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe('resumption updates', () => {
  it.each(['3.1', '3.8', '3.8-et'] as const)(
    'of %s come unasked, 20 ms after the setup and then every 1.2 s',
    async (profile) => {
      const bench = new Bench();
      const client = await bench.open(profile);
      const readyAt = client.received[0]?.atMs ?? 0;
      await bench.clock.advance(5_000);
      const updates = client.received.filter(({ message }) => message.sessionResumptionUpdate?.resumable);
      const times = updates.map(({ atMs }) => Math.round(atMs - readyAt));
      expect(times.slice(0, 4)).toEqual([20, 1_220, 2_420, 3_620]);
      expect(new Set(handles(client)).size).toBe(updates.length);
      for (const handle of handles(client)) expect(handle).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it.each(['2.5-native', 'vertex-2.5-flash'] as const)(
    'of %s come only when asked for, at quiet points',
    async (profile) => {
      const bench = new Bench();
      const silent = await bench.open(profile);
      silent.say('Hello.');
      await silent.turnComplete();
      expect(handles(silent)).toEqual([]);
      const client = await bench.open(profile, { sessionResumption: {} });
      await bench.clock.advance(30_000);
      expect(handles(client)).toHaveLength(1);
      client.say('Hello.');
      await client.turnComplete();
      await bench.clock.advance(10);
      expect(handles(client)).toHaveLength(2);
    },
  );

  it('say that a busy session cannot be resumed, with no handle', async () => {
    const bench = new Bench();
    const client = await bench.open('3.8');
    await bench.clock.advance(100);
    client.say('Hello.');
    await client.turnComplete();
    await bench.clock.advance(100);
    const updates = client.messages.flatMap((message) => message.sessionResumptionUpdate ?? []);
    expect(updates.map(({ resumable }) => resumable)).toEqual([true, false, true]);
    expect(updates[1]).toEqual({ resumable: false });
  });

  it.each([
    [false, [true, false, true]],
    [true, [true, false, true, false, true]],
  ] as const)(
    'say so while functions are at work, unless resumableDuringCalls is %s',
    async (resumableDuringCalls, expected) => {
      const call = { type: 'call', calls: [{ name: 'search', args: {} }] } as const;
      const bench = new Bench({ unverified: { resumableDuringCalls }, brain: new ScriptedBrain([call, 'Found.']) });
      const tools = [{ functionDeclarations: [{ name: 'search', behavior: 'NON_BLOCKING' }] }];
      const client = await bench.open('2.5-native', { sessionResumption: {}, tools });
      await bench.clock.advance(100);
      client.say('Search.');
      await client.turnComplete();
      await bench.clock.advance(5_000);
      const id = client.messages.flatMap((message) => message.toolCall?.functionCalls ?? [])[0]?.id;
      client.send({ toolResponse: { functionResponses: [{ id, name: 'search', response: {} }] } });
      await client.turnComplete();
      await bench.clock.advance(100);
      const updates = client.messages.flatMap((message) => message.sessionResumptionUpdate ?? []);
      expect(updates.map(({ resumable }) => resumable)).toEqual(expected);
    },
  );

  it('count no message of an utterance that has not ended: it is not behind the handle', async () => {
    const bench = new Bench({ brain: new ScriptedBrain(['This will be cut. '.repeat(20), 'Yes.']) });
    const client = await bench.open('vertex-2.5-flash', { sessionResumption: { transparent: true } });
    const index = (): number =>
      Number(
        client.messages
          .flatMap((message) => message.sessionResumptionUpdate?.lastConsumedClientMessageIndex ?? [])
          .at(-1),
      );
    client.say('Hello.');
    await client.until((message) => message.serverContent?.modelTurn !== undefined);
    const samples = phrase?.samples ?? new Int16Array(0);
    client.speak(samples);
    await bench.clock.advance(100);
    expect(client.outline()).toContain('interrupted');
    const frames = Math.ceil(samples.length / 320);
    expect(index()).toBeGreaterThanOrEqual(1);
    expect(index()).toBeLessThan(frames / 2);
    client.silence(2);
    await client.turnComplete();
    await bench.clock.advance(100);
    expect(index()).toBe(1 + frames + 100);
  });

  it('count consumed client messages when resumption is transparent', async () => {
    const bench = new Bench();
    const client = await bench.open('vertex-2.5-flash', { sessionResumption: { transparent: true } });
    await bench.clock.advance(100);
    client.silence(0.2);
    client.say('Hello.');
    await client.turnComplete();
    await bench.clock.advance(10);
    const updates = client.messages.flatMap((message) => message.sessionResumptionUpdate ?? []);
    expect(updates.flatMap((update) => update.lastConsumedClientMessageIndex ?? [])).toEqual(['0', '11']);
  });
});

describe('resuming', () => {
  it('goes on with the conversation of the handle, on another connection', async () => {
    const turns: BrainTurn[] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        turns.push(turn);
        return 'Yes.';
      },
    ]);
    const bench = new Bench({ brain });
    const first = await bench.open('3.8');
    first.say('My name is Ada.');
    await first.turnComplete();
    await bench.clock.advance(100);
    first.leave();
    const second = await reopen(bench, '3.8', handles(first).at(-1) ?? '');
    expect(second.outline()).toEqual(['setupComplete']);
    expect(second.session.record.report().resumedFrom).toBe('session-1');
    second.say('Who am I?');
    await second.turnComplete();
    expect(turns[1]).toMatchObject({ number: 2, history: [{ text: 'My name is Ada.' }, { text: 'Yes.' }] });
  });

  it('goes on with what had not been answered yet', async () => {
    const seen: BrainTurn[] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        seen.push(turn);
        return 'Yes.';
      },
    ]);
    const bench = new Bench({ brain });
    const first = await bench.open('3.8');
    first.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'My name is Ada.' }] }] } });
    await bench.clock.advance(1_300);
    first.leave();
    const second = await reopen(bench, '3.8', handles(first).at(-1) ?? '');
    second.send({ clientContent: { turnComplete: true } });
    await second.turnComplete();
    expect(seen[0]?.input).toMatchObject([{ type: 'text', text: 'My name is Ada.' }]);
  });

  it('does not wait for the initial history once more', async () => {
    const bench = new Bench();
    const historyConfig = { initialHistoryInClientContent: true };
    const first = await bench.open('3.8', { historyConfig });
    first.say('My name is Ada.');
    await bench.clock.advance(1_300);
    first.leave();
    const second = await bench.open('3.8', { historyConfig, sessionResumption: { handle: handles(first).at(-1) } });
    second.say('Who am I?');
    expect((await second.turnComplete()).message.serverContent?.turnComplete).toBe(true);
  });

  it('refuses a handle that it does not know', async () => {
    const client = await reopen(new Bench(), '3.8', '45db4869-ac36-49aa-85de-eab56eaa878f');
    expect(client.closed).toEqual({ code: 1008, reason: 'BidiGenerateContent session not found' });
  });

  it('keeps the newest 16 handles of a session, and knows the older ones no more', async () => {
    const bench = new Bench();
    const first = await bench.open('3.8');
    await bench.clock.advance(20 * 1_200 + 100);
    first.leave();
    const all = handles(first);
    expect(all).toHaveLength(21);
    expect((await reopen(bench, '3.8', all[4] ?? '')).closed?.code).toBe(1008);
    expect((await reopen(bench, '3.8', all[5] ?? '')).closed).toBeNull();
  });

  it('refuses a handle that is too old', async () => {
    const bench = new Bench({ resumptionSeconds: 60 });
    const first = await bench.open('3.8');
    await bench.clock.advance(100);
    first.leave();
    await bench.clock.advance(60_001);
    const second = await reopen(bench, '3.8', handles(first).at(-1) ?? '');
    expect(second.closed).toEqual({ code: 1008, reason: 'BidiGenerateContent session expired' });
  });

  it('counts the age of a handle from the end of its connection', async () => {
    const bench = new Bench({ resumptionSeconds: 60 });
    const first = await bench.open('2.5-native', { sessionResumption: {} });
    await bench.clock.advance(500_000);
    first.leave();
    const second = await reopen(bench, '2.5-native', handles(first).at(-1) ?? '');
    expect(second.closed).toBeNull();
  });

  it('does not let a handle grow old because the clock of the machine is set', () => {
    const clock = new FakeClock();
    let jumpMs = 0;
    const jumping = { now: () => clock.now() + jumpMs, monotonic: () => clock.monotonic(), setTimer: clock.setTimer };
    const store = new ResumptionStore({ clock: jumping, random: new SeededRandom(1) });
    const session = store.attach('session-1', 'models/x', 60);
    const handle = store.issue(session, new Conversation().snapshot());
    store.detach(session);
    jumpMs = 24 * 3_600_000;
    expect(store.claim(handle, 'session-2').status).toBe('resumed');
  });

  it('refuses while the older connection is open, and lets in after it', async () => {
    const bench = new Bench();
    const first = await bench.open('3.8');
    await bench.clock.advance(100);
    const handle = handles(first).at(-1) ?? '';
    expect((await reopen(bench, '3.8', handle)).closed?.code).toBe(1011);
    first.leave();
    expect((await reopen(bench, '3.8', handle)).closed).toBeNull();
  });

  it('refuses another model', async () => {
    const bench = new Bench();
    const first = await bench.open('3.8');
    await bench.clock.advance(100);
    first.leave();
    const second = await reopen(bench, '3.8', handles(first).at(-1) ?? '', MODELS['3.1'].model);
    expect(second.closed).toEqual({ code: 1007, reason: 'Request contains an invalid argument.' });
  });
});
