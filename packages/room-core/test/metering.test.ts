import { NO_USAGE, type TurnUsage } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomBudget } from '../src/metering/room-budget.ts';
import type { RoomManagerOptions } from '../src/room-options.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { sine } from '../src/testing/signals.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { audioFrame, type Guest, picture, Stage } from './support/stage.ts';

const usage = (text: number, audio: number): TurnUsage => ({
  ...NO_USAGE,
  prompt: { ...NO_USAGE.prompt, text, total: text },
  response: { ...NO_USAGE.response, audio, total: audio },
  totalTokens: text + audio,
});

async function open(manager: Partial<RoomManagerOptions> = {}) {
  const stage = await Stage.open({ manager });
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  return { stage, ana, ben };
}

/** Somebody asks, and the model's answer takes so many tokens. */
async function turn(stage: Stage, asker: Guest, text: number, audio: number): Promise<void> {
  asker.say('And now?', { toModel: true });
  await settle();
  stage.model.session.emit(
    { type: 'outputTranscript', text: 'Well.' },
    { type: 'audio', samples: new Int16Array(24_000) },
    { type: 'turnComplete', reason: null },
    { type: 'usage', usage: usage(text, audio) },
  );
  await settle();
}

const room = (stage: Stage) => stage.rooms.sessions()[0]?.usage;

describe('what a room uses', () => {
  it('METER1 is counted by kind, for the room and for those who asked, and shared among several to the last token', async () => {
    const { stage, ana, ben } = await open();
    await turn(stage, ana, 100, 40);
    ana.say('First,', { toModel: true });
    await turn(stage, ben, 101, 10);
    expect(room(stage)).toMatchObject({
      ...{ turns: 2, totalTokens: 251, prompt: { text: 201 }, response: { audio: 50 }, audioSecondsOut: 2 },
      people: [
        { name: 'Ana', totalTokens: 140 + 56, prompt: { text: 100 + 51 }, response: { audio: 40 + 5 } },
        { name: 'Ben', totalTokens: 55, prompt: { text: 50 }, response: { audio: 5 } },
      ],
    });
  });

  it('METER2 is told to everybody after a turn, at most every 2 s, and to newcomers', async () => {
    const { stage, ana } = await open();
    for (let n = 0; n < 3; n += 1) await turn(stage, ana, 10, 0);
    const told = (guest: Guest) => guest.port.of('usage').map((message) => message.usage.totalTokens);
    expect(told(ana)).toEqual([10]);
    await stage.clock.run(2_000, 500);
    expect(told(ana)).toEqual([10, 30]);
    const cy = await stage.join('Cy');
    expect(told(cy)).toEqual([30]);
  });

  it('METER3 has a cost where the application gave prices, in events too', async () => {
    const prices = { 'scripted-model': { prompt: { text: 2 }, response: { text: 4, audio: 10 } } };
    const { stage, ana } = await open({ prices });
    const costs: unknown[] = [];
    stage.rooms.on('usageReported', ({ cost, total }) => costs.push([cost, total.cost]));
    await turn(stage, ana, 500_000, 100_000);
    await turn(stage, ana, 500_000, 0);
    expect(costs).toEqual([
      [2, 2],
      [1, 3],
    ]);
    expect((await open()).stage.rooms.sessions()[0]?.usage.cost).toBeNull();
    await expect(open({ prices: { x: { prompt: { text: -1 }, response: { text: 1 } } } })).rejects.toThrow(
      'RoomManager: prices.x.prompt.text is -1',
    );
  });

  it('METER4 has seconds of sound to and from the model, of each voice, and pictures', async () => {
    const { stage, ana } = await open();
    ana.connection.receive({ type: 'media', media: { microphone: true, camera: true, screen: false } });
    ana.connection.receiveMedia(picture());
    const voice = sine({ frequency: 300, samples: 32_000, amplitude: 8_000 });
    for (let index = 0; index < 100; index += 1) {
      ana.connection.receiveMedia(audioFrame(index, voice.subarray(index * 320, (index + 1) * 320)));
      await stage.clock.run(20, 20);
    }
    const used = room(stage);
    expect(used?.pictures).toBe(1);
    expect(used?.audioSecondsIn).toBeGreaterThan(1.8);
    expect(used?.people[0]?.speechSeconds).toBeGreaterThan(1.5);
    expect(used?.people[0]?.speechSeconds).toBeLessThan(2.3);
  });

  it('METER5 goes on counting when everybody left and came back', async () => {
    const { stage, ana, ben } = await open();
    await turn(stage, ana, 10, 0);
    for (const guest of [ana, ben]) guest.connection.receive({ type: 'leave' });
    await stage.clock.run(40_000, 1_000);
    expect(stage.rooms.sessions()).toEqual([]);
    const back = await stage.join('Ana');
    await turn(stage, back, 5, 0);
    expect(room(stage)?.totalTokens).toBe(15);
  });

  it.each([
    ['stopped in order, at once', true, 0],
    ['killed, but for the last 10 s', false, 10_000],
  ])('METER5 goes on counting when the server was %s', async (_, inOrder, ms) => {
    const engine = memoryEngine();
    const first = await Stage.open({ engine: delegateEngine(engine, { close: async () => {} }) });
    const ana = await first.join('Ana', { role: 'host' });
    await turn(first, ana, 10, 4);
    await first.clock.run(ms, 500);
    if (inOrder) await first.rooms.shutdown();
    const second = await Stage.open({ engine, manager: { budget: { hardTokens: 14 } } });
    second.roomId = first.roomId;
    const back = await second.join('Ana');
    expect(room(second)).toMatchObject({ turns: 1, totalTokens: 14, audioSecondsOut: 1, budget: 'spent' });
    expect(room(second)?.people).toMatchObject([{ name: 'Ana', totalTokens: 14 }]);
    expect(back.port.last('notice')).toMatchObject({ code: 'ERR_BUDGET_SPENT' });
  });

  it('METER5 goes on counting in a room that was closed and opened again', async () => {
    const { stage, ana } = await open();
    await turn(stage, ana, 10, 0);
    await stage.rooms.close(stage.roomId);
    await stage.rooms.reopen(stage.roomId);
    await turn(stage, await stage.join('Ana'), 5, 0);
    expect(room(stage)?.totalTokens).toBe(15);
  });
});

describe('the budget of a room', () => {
  it('BUDGET1 when little is left everybody is told, and the model gets fewer pictures and less of the past', async () => {
    const { stage, ana, ben } = await open({ budget: { softTokens: 100, hardTokens: 1_000 }, historyTurns: 8 });
    for (let n = 0; n < 12; n += 1) ana.say(`Text ${n}`, { toModel: true });
    await settle();
    const before = await stage.model.session.options.history();
    await turn(stage, ana, 120, 0);
    for (const guest of [ana, ben]) expect(guest.port.of('notice')).toMatchObject([{ code: 'budgetLow' }]);
    await turn(stage, ana, 10, 0);
    expect(ana.port.of('notice')).toHaveLength(1);
    expect(before).toHaveLength(8);
    expect(await stage.model.session.options.history()).toHaveLength(2);
    ana.connection.receive({ type: 'media', media: { microphone: false, camera: true, screen: false } });
    for (let second = 0; second < 8; second += 1) {
      ana.connection.receiveMedia(picture());
      await stage.clock.run(1_000, 500);
    }
    expect(stage.model.session.calls.filter((made) => made.call === 'image')).toHaveLength(3);
  });

  it('BUDGET2 when it is spent the turn ends, everybody is told why, and the model leaves; people stay', async () => {
    const { stage, ana, ben } = await open({ budget: { hardTokens: 100 } });
    const reached: string[] = [];
    stage.rooms.on('budgetReached', ({ level }) => reached.push(level));
    await turn(stage, ana, 120, 0);
    expect(stage.model.session.closed).toBe(true);
    expect(ben.port.of('notice')).toMatchObject([
      { code: 'ERR_BUDGET_SPENT', message: expect.stringContaining('spent') },
    ]);
    expect(ben.port.last('model').model).toMatchObject({ status: 'failed', reason: expect.stringContaining('spent') });
    expect((await stage.kinds()).slice(-2)).toEqual(['ai.message', 'session.lost']);
    expect(reached).toEqual(['spent']);
    ben.say('Hello?', { toModel: true });
    ben.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    await stage.clock.run(60_000, 5_000);
    expect(stage.model.sessions).toHaveLength(1);
    expect(ben.port.of('error')).toMatchObject([{ code: 'ERR_BUDGET_SPENT' }]);
    expect(await stage.kinds()).toContain('msg.text');
    expect(stage.rooms.sessions()[0]?.people).toHaveLength(2);
  });

  it('BUDGET3 nobody gets around it by leaving and coming back', async () => {
    const { stage, ana, ben } = await open({ budget: { hardTokens: 100 } });
    await turn(stage, ana, 120, 0);
    for (const guest of [ana, ben]) guest.connection.receive({ type: 'leave' });
    await stage.clock.run(60_000, 1_000);
    const back = await stage.join('Ana');
    back.say('Hello?', { toModel: true });
    await settle();
    expect(stage.model.sessions).toHaveLength(1);
    expect(back.port.of('notice')).toMatchObject([{ code: 'ERR_BUDGET_SPENT' }]);
    expect(back.port.last('model').model.status).toBe('failed');
  });

  it('BUDGET4 one that was raised has the model back with the next text', async () => {
    let hardCost = 1;
    const prices = { '*': { prompt: { text: 1 }, response: { text: 1 } } };
    const { stage, ana } = await open({ prices, budget: () => ({ hardCost }) });
    await turn(stage, ana, 2_000_000, 0);
    expect(stage.model.session.closed).toBe(true);
    hardCost = 10;
    ana.say('Are you back?', { toModel: true });
    await settle();
    expect(stage.model.sessions).toHaveLength(2);
    expect(stage.model.session.texts).toEqual(['Ana: Are you back?']);
    // Everybody's meter says so too, though no turn has ended since.
    const levels = () => ana.port.of('usage').map(({ usage: { budget } }) => budget);
    expect(levels()).toEqual(['spent']);
    await stage.clock.run(2_000, 500);
    expect(levels()).toEqual(['spent', 'fine']);
  });

  it('BUDGET4 an application that cannot say leaves it as it was', async () => {
    const failure = new Error('the database is away');
    const { stage, ana } = await open({
      budget: () => {
        throw failure;
      },
    });
    await turn(stage, ana, 2_000_000, 0);
    expect(stage.model.session.closed).toBe(false);
    expect(stage.errors.map(({ error }) => error)).toContain(failure);
  });

  it.each([
    [{ hardTokens: -1 }, '"budget.hardTokens" must be a number from 0; it is -1.'],
    [{ hardToken: 1 }, '"budget.hardToken" is not known.'],
    [{ perPerson: { softTokens: Number.NaN } }, '"budget.perPerson.softTokens" must be a number from 0; it is NaN.'],
    [{ perPerson: { hardCost: 1 } }, '"budget.perPerson.hardCost" is not known.'],
    [{ perPerson: 5 }, '"budget.perPerson" must be an object with softTokens, hardTokens; it is 5.'],
    [{ perModality: { video: {} } }, '"budget.perModality.video" is not known.'],
    [
      { perModality: { audio: { hardTokens: -1 } } },
      '"budget.perModality.audio.hardTokens" must be a number from 0; it is -1.',
    ],
  ])('BUDGET5 %j is refused when the manager is made', async (budget, words) => {
    await expect(open({ budget: budget as RoomBudget })).rejects.toThrow(words);
  });
});
