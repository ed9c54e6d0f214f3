import { describe, expect, it } from 'vitest';
import { type BrainTurn, type EmulatorOptions, ScriptedBrain } from '../src/index.ts';
import { Bench, type Client, type ProfileUnderTest } from './session-harness.ts';

/** About this many tokens each time a person says it. */
const TURN_TOKENS = 500;
const SENTENCE = 'x'.repeat(TURN_TOKENS * 4);

async function talk(client: Client, turns: number): Promise<void> {
  for (let turn = 0; turn < turns && !client.closed; turn += 1) {
    client.say(SENTENCE);
    await client.until((message) => message.serverContent?.turnComplete === true).catch(() => null);
  }
}

function bench(options: EmulatorOptions = {}): Bench {
  return new Bench({ brain: new ScriptedBrain(['Yes.']), maxConnectionSeconds: 0, ...options });
}

describe('a context without compression', () => {
  it.each([
    ['3.8', 131_072],
    ['vertex-2.5-flash', 32_768],
  ] as const)('of %s closes when the model’s window of %i tokens is full, and not before', async (profile, tokens) => {
    const client = await bench().open(profile);
    await talk(client, Math.floor((0.85 * tokens) / TURN_TOKENS));
    expect(client.closed).toBeNull();
    const before = client.session.record.report().context.tokens;
    expect(before).toBeGreaterThan(tokens * 0.7);
    expect(before).toBeLessThanOrEqual(tokens);
    await talk(client, 120);
    expect(client.closed).toEqual({
      code: 1007,
      reason: 'The input token count exceeds the maximum number of tokens allowed.',
    });
    expect(client.session.record.report().context.tokens).toBeGreaterThan(tokens);
  });

  it('closes with the size, the code and the text of the options', async () => {
    const closes = { contextFull: { closeCode: 1008, reason: 'Full.' } };
    const client = await bench({ contextWindowTokens: 2_000, closes }).open();
    await talk(client, 10);
    expect(client.closed).toEqual({ code: 1008, reason: 'Full.' });
    const violations = client.session.record.report().violations;
    expect(violations).toMatchObject([{ closeCode: 1008, reason: 'Full.' }]);
  });

  it('grows without end when the option says so', async () => {
    const client = await bench({ contextWindowTokens: 0 }).open('vertex-2.5-flash');
    await talk(client, 100);
    expect(client.closed).toBeNull();
    expect(client.session.record.report().context.tokens).toBeGreaterThan(32_768);
  });

  it('counts what a resumed session brings along', async () => {
    const shared = bench({ contextWindowTokens: 3_000 });
    const first = await shared.open('3.8');
    await talk(first, 3);
    await shared.clock.advance(100);
    const handle = first.messages.findLast((message) => message.sessionResumptionUpdate?.newHandle);
    first.leave();
    const second = await shared.open('3.8', {
      sessionResumption: { handle: handle?.sessionResumptionUpdate?.newHandle },
    });
    await talk(second, 2);
    expect(second.closed).toBeNull();
    await talk(second, 2);
    expect(second.closed?.code).toBe(1007);
  });
});

describe('what comes in while nobody speaks', () => {
  const PICTURE = { realtimeInput: { video: { mimeType: 'image/jpeg', data: '/9j/2w==' } } };

  it('fills the window, and the session ends before anybody asks for a turn', async () => {
    const client = await bench({ contextWindowTokens: 10_000 }).open('3.8');
    let pictures = 0;
    while (!client.closed && pictures < 100) {
      client.send(PICTURE);
      pictures += 1;
    }
    expect(client.closed?.code).toBe(1007);
    // 258 tokens each, beside a preamble of 310.
    expect(pictures).toBe(Math.floor((10_000 - 310) / 258) + 1);
    const { context, violations } = client.session.record.report();
    expect(context.tokens).toBeGreaterThan(10_000);
    expect(violations).toMatchObject([{ remedy: expect.stringContaining('contextWindowCompression') }]);
  });

  it('is pictures only within an activity where the turn covers no more', async () => {
    const client = await bench({ contextWindowTokens: 10_000 }).open('2.5-native');
    for (let pictures = 0; pictures < 100; pictures += 1) client.send(PICTURE);
    expect(client.closed).toBeNull();
  });

  it('is silence where the turn covers all input, and no silence where it does not', async () => {
    const realtimeInputConfig = { turnCoverage: 'TURN_INCLUDES_ALL_INPUT' };
    const all = await bench({ contextWindowTokens: 2_000 }).open('3.8', { realtimeInputConfig });
    all.silence(60);
    expect(all.closed).toBeNull();
    all.say('Hello.');
    const { message } = await all.turnComplete();
    // 25 tokens a second.
    expect(message.usageMetadata?.promptTokensDetails).toContainEqual({ modality: 'AUDIO', tokenCount: 1_500 });
    all.silence(20);
    expect(all.closed?.code).toBe(1007);
    const activity = await bench({ contextWindowTokens: 2_000 }).open('3.8');
    activity.silence(120);
    expect(activity.closed).toBeNull();
  });

  it('never fills a window that is compressed: the oldest pictures go', async () => {
    const client = await bench({ contextWindowTokens: 12_000 }).open('3.8', {
      contextWindowCompression: { triggerTokens: '10000', slidingWindow: { targetTokens: '5000' } },
    });
    await talk(client, 5);
    for (let pictures = 0; pictures < 500; pictures += 1) client.send(PICTURE);
    await talk(client, 1);
    expect(client.closed).toBeNull();
    expect(client.session.record.report().context.tokens).toBeLessThan(10_000);
  });
});

describe('the clock of a session without compression', () => {
  const DOCUMENTED = { uncompressedSeconds: { audio: 900, video: 120 } };
  const FULL = { code: 1007, reason: 'The input token count exceeds the maximum number of tokens allowed.' };
  const picture = (client: Client): void =>
    client.send({ realtimeInput: { video: { mimeType: 'image/jpeg', data: '/9j/2w==' } } });

  it('is off unless an option says otherwise', async () => {
    const shared = bench();
    const client = await shared.open();
    picture(client);
    await shared.clock.advance(3_600_000);
    expect(client.closed).toBeNull();
  });

  it('ends it after 15 minutes, whatever is said', async () => {
    const shared = bench(DOCUMENTED);
    const client = await shared.open();
    await shared.clock.advance(898_000);
    expect(client.closed).toBeNull();
    await shared.clock.advance(2_000);
    expect(client.closed).toEqual(FULL);
  });

  it('ends it 2 minutes after the first picture, not the last', async () => {
    const shared = bench(DOCUMENTED);
    const client = await shared.open();
    await shared.clock.advance(60_000);
    picture(client);
    await shared.clock.advance(119_000);
    picture(client);
    expect(client.closed).toBeNull();
    await shared.clock.advance(1_000);
    expect(client.closed).toEqual(FULL);
  });

  it('runs with the time of the emulator', async () => {
    const shared = bench({ ...DOCUMENTED, timeScale: 10 });
    const client = await shared.open();
    await shared.clock.advance(90_000);
    expect(client.closed).toEqual(FULL);
  });

  it('goes on when the session is resumed', async () => {
    const shared = bench(DOCUMENTED);
    const first = await shared.open();
    await shared.clock.advance(600_000);
    const update = first.messages.findLast((message) => message.sessionResumptionUpdate?.newHandle);
    first.leave();
    const sessionResumption = { handle: update?.sessionResumptionUpdate?.newHandle };
    const second = await shared.open('3.8', { sessionResumption });
    await shared.clock.advance(290_000);
    expect(second.closed).toBeNull();
    await shared.clock.advance(11_000);
    expect(second.closed).toEqual(FULL);
  });

  it('does not run where the context is compressed', async () => {
    const shared = bench(DOCUMENTED);
    const client = await shared.open('3.8', { contextWindowCompression: { slidingWindow: {} } });
    picture(client);
    await shared.clock.advance(3_600_000);
    expect(client.closed).toBeNull();
  });
});

describe('a context with compression', () => {
  it.each(['2.5-native', '3.1', '3.8', 'vertex-2.5-flash'] as const)(
    'of %s never fills the window',
    async (profile: ProfileUnderTest) => {
      const turns: BrainTurn[] = [];
      const brain = new ScriptedBrain([
        (turn) => {
          turns.push(turn);
          return 'Yes.';
        },
      ]);
      const rule = { triggerTokens: '10000', slidingWindow: { targetTokens: '6000' } };
      const client = await bench({ brain, contextWindowTokens: 12_000 }).open(profile, {
        contextWindowCompression: rule,
      });
      await talk(client, 80);
      expect(client.closed).toBeNull();
      const prompts = client.messages.flatMap((message) => message.usageMetadata?.promptTokenCount ?? []);
      expect(Math.max(...prompts)).toBeLessThan(10_000 + 2 * TURN_TOKENS);
      // It shrinks at the trigger, and not before: the saw's teeth go down to the target.
      const drops = prompts.flatMap((tokens, index) => (tokens < (prompts[index - 1] ?? 0) ? [index] : []));
      expect(drops.length).toBeGreaterThan(2);
      for (const index of drops) {
        expect(prompts[index - 1]).toBeGreaterThan(10_000 - TURN_TOKENS);
        expect(prompts[index]).toBeLessThanOrEqual(6_000 + 2 * TURN_TOKENS);
      }
      for (const { history } of turns.slice(1)) expect(history[0]?.role).toBe('user');
      expect(client.session.record.report().context.droppedTurns).toBeGreaterThan(50);
      // No message announces it.
      expect(client.messages.every((message) => !('contextWindowCompression' in message))).toBe(true);
    },
  );

  it('still closes when a single turn is larger than the window', async () => {
    const client = await bench({ contextWindowTokens: 6_000 }).open('3.8', {
      contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '1000' } },
    });
    client.say('x'.repeat(40_000));
    await client.turnComplete().catch(() => null);
    expect(client.closed?.code).toBe(1007);
  });

  it('keeps the system instruction', async () => {
    const turns: BrainTurn[] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        turns.push(turn);
        return 'Yes.';
      },
    ]);
    const client = await bench({ brain }).open('3.8', {
      systemInstruction: { parts: [{ text: 'Be kind.' }] },
      contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '600' } },
    });
    await talk(client, 30);
    expect(turns.at(-1)).toMatchObject({ systemInstruction: 'Be kind.' });
    expect(turns.at(-1)?.history.length).toBeLessThan(turns.length);
  });
});
