import { describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { type BrainTurn, ScriptedBrain } from '../src/index.ts';
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

  it('comes to idle clients where the option asks for it', async () => {
    const bench = new Bench({ idleTimeoutSeconds: 90 });
    const client = await bench.open('2.5-native');
    await bench.clock.advance(60_000);
    client.silence(0.02);
    await bench.clock.advance(60_000);
    expect(client.closed).toBeNull();
    await bench.clock.advance(30_000);
    expect(client.closed).toEqual({ code: 1008, reason: 'The operation was aborted.' });
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

  it('refuses a handle that it does not know', async () => {
    const client = await reopen(new Bench(), '3.8', '45db4869-ac36-49aa-85de-eab56eaa878f');
    expect(client.closed).toEqual({ code: 1008, reason: 'BidiGenerateContent session not found' });
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
