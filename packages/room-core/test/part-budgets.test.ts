import { NO_USAGE, type TokenSplit, type TurnUsage } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { budgetedSenses } from '../src/metering/budgeted-senses.ts';
import { judgeParts, partRefusal, personPart } from '../src/metering/part-budgets.ts';
import type { RoomBudget } from '../src/metering/room-budget.ts';
import type { RoomManagerOptions } from '../src/room-options.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, picture, Stage } from './support/stage.ts';

const split = (tokens: Partial<TokenSplit>): TokenSplit => ({ ...NO_USAGE.prompt, ...tokens });

const usage = (prompt: Partial<TokenSplit>, total = 0): TurnUsage => ({
  ...NO_USAGE,
  prompt: split(prompt),
  totalTokens: total,
});

async function open(budget: RoomManagerOptions['budget']) {
  const stage = await Stage.open({ manager: { budget } });
  return { stage, ana: await stage.join('Ana', { role: 'host' }), ben: await stage.join('Ben') };
}

/** Somebody asks, and the turn that answers takes so much. */
async function turn(stage: Stage, asker: Guest, used: TurnUsage): Promise<void> {
  asker.say('And now?', { toModel: true });
  await settle();
  stage.model.session.emit(
    { type: 'outputTranscript', text: 'Well.' },
    { type: 'turnComplete', reason: null },
    { type: 'usage', usage: used },
  );
  await settle();
}

const codes = (guest: Guest) => guest.port.of('notice').map(({ code }) => code);
const errors = (guest: Guest) => guest.port.of('error').map(({ code }) => code);
const pictures = (stage: Stage) => stage.model.session.calls.filter(({ call }) => call === 'image').length;

/** Opens a microphone or a camera and sends it for a second. @returns seconds of speech that the model heard of it. */
async function send(stage: Stage, guest: Guest, what: 'voice' | 'picture', name: string): Promise<number> {
  const speech = () => stage.rooms.sessions()[0]?.usage.people.find((one) => one.name === name)?.speechSeconds ?? 0;
  const before = speech();
  const media = { microphone: what === 'voice', camera: what === 'picture', screen: false };
  guest.connection.receive({ type: 'media', media });
  if (what === 'picture') guest.connection.receiveMedia(picture());
  const voice = sine({ frequency: 300, samples: 320, amplitude: 8_000 });
  for (let index = 0; index < 50; index += 1) {
    if (what === 'voice') guest.connection.receiveMedia(audioFrame(index, voice));
    await stage.clock.run(20, 20);
  }
  guest.connection.receive({ type: 'media', media: { microphone: false, camera: false, screen: false } });
  await stage.clock.run(4_000, 500);
  return speech() - before;
}

describe('the budget of a person', () => {
  it('BUDGET6 says to this person alone that it is nearly spent', async () => {
    const { stage, ana, ben } = await open({ perPerson: { softTokens: 100, hardTokens: 200 } });
    await turn(stage, ana, usage({}, 99));
    expect(codes(ana)).toEqual([]);
    await turn(stage, ana, usage({}, 1));
    await turn(stage, ana, usage({}, 1));
    expect(codes(ana)).toEqual(['shareLow']);
    expect(codes(ben)).toEqual([]);
  });

  it('BUDGET6 keeps texts, voice and pictures of who has spent it from the model, and those of nobody else', async () => {
    const { stage, ana, ben } = await open({ perPerson: { hardTokens: 100 } });
    await turn(stage, ana, usage({}, 99));
    expect(await send(stage, ana, 'voice', 'Ana')).toBeGreaterThan(0.5);
    await turn(stage, ana, usage({}, 1));
    expect(codes(ana)).toEqual(['ERR_SHARE_SPENT']);

    const before = stage.model.session.texts.length;
    ana.say('Do you hear me?', { toModel: true });
    await settle();
    expect(errors(ana)).toEqual(['ERR_SHARE_SPENT']);
    expect(stage.model.session.texts).toHaveLength(before);
    expect((await stage.entries()).at(-1)).toMatchObject({ kind: 'msg.text', body: { text: 'Do you hear me?' } });
    const heardByBen = ben.port.frames.length;
    expect(await send(stage, ana, 'voice', 'Ana')).toBe(0);
    expect(ben.port.frames.length - heardByBen).toBeGreaterThanOrEqual(50);
    await send(stage, ana, 'picture', 'Ana');
    expect(pictures(stage)).toBe(0);

    await turn(stage, ben, usage({}, 10));
    expect(stage.model.session.texts.at(-1)).toBe('Ben: And now?');
    expect(await send(stage, ben, 'voice', 'Ben')).toBeGreaterThan(0.5);
    await send(stage, ben, 'picture', 'Ben');
    expect(pictures(stage)).toBe(1);
    expect([...codes(ben), ...errors(ben), ...errors(ana)]).toEqual(['ERR_SHARE_SPENT']);
  });

  it('BUDGET6 is told to who comes back, and to no other newcomer', async () => {
    const { stage, ana } = await open({ perPerson: { hardTokens: 100 } });
    await turn(stage, ana, usage({}, 100));
    ana.connection.receive({ type: 'leave' });
    expect(codes(await stage.join('Ana'))).toEqual(['ERR_SHARE_SPENT']);
    expect(codes(await stage.join('Cy'))).toEqual([]);
  });

  it('BUDGET6 that is spent in the middle of a sentence ends it for the model, once', () => {
    const calls: string[] = [];
    let isAllowed = true;
    const senses = budgetedSenses(
      {
        hear: () => calls.push('hear') > 0,
        endBurst: () => calls.push('endBurst'),
        see: () => calls.push('see'),
      },
      () => isAllowed,
    );
    const source = { connectionId: 'c1', participantId: 'ana', index: 1 };
    const hear = () => senses.hear(source, 0, new Uint8Array(640), true);
    hear();
    isAllowed = false;
    // No complaint about a want of places: they were told by a notice.
    expect([hear(), hear()]).toEqual([true, true]);
    expect(calls).toEqual(['hear', 'endBurst']);
    isAllowed = true;
    hear();
    expect(calls).toEqual(['hear', 'endBurst', 'hear']);
  });

  it('BUDGET6 that was raised lets the person be heard again within 2 s, and is not asked for every frame', async () => {
    let hardTokens = 100;
    let asked = 0;
    const { stage, ana } = await open(() => {
      asked += 1;
      return { perPerson: { hardTokens } };
    });
    await turn(stage, ana, usage({}, 100));
    const speech = () => stage.rooms.sessions()[0]?.usage.people[0]?.speechSeconds ?? 0;
    const voice = sine({ frequency: 300, samples: 320, amplitude: 8_000 });
    let index = 0;
    const talk = async (frames: number) => {
      for (const end = index + frames; index < end; index += 1) {
        ana.connection.receiveMedia(audioFrame(index, voice));
        await stage.clock.run(20, 20);
      }
    };
    ana.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    asked = 0;
    await talk(200);
    expect([speech(), asked <= 2]).toEqual([0, true]);
    hardTokens = 101;
    await talk(200);
    expect(speech()).toBeGreaterThan(1);
  });
});

describe('the budget of a modality', () => {
  it.each([
    ['text', usage({ text: 99 }), usage({ text: 1 })],
    ['audio', usage({ audio: 99 }), usage({ audio: 1 })],
    ['image', usage({ image: 60, video: 39 }), usage({ video: 1 })],
  ] as const)('BUDGET7 keeps %s from the model when it is spent, and nothing else', async (modality, almost, last) => {
    const perModality = { [modality]: { softTokens: 50, hardTokens: 100 } };
    const { stage, ana, ben } = await open({ perModality });
    await turn(stage, ana, almost);
    for (const guest of [ana, ben]) expect(codes(guest)).toEqual(['modalityLow']);
    await turn(stage, ben, last);
    for (const guest of [ana, ben]) expect(codes(guest)).toEqual(['modalityLow', 'ERR_MODALITY_SPENT']);

    const before = stage.model.session.texts.length;
    ana.say('Still there?', { toModel: true });
    await settle();
    expect(errors(ana)).toEqual(modality === 'text' ? ['ERR_MODALITY_SPENT'] : []);
    expect(stage.model.session.texts.length - before).toBe(modality === 'text' ? 0 : 1);
    expect((await send(stage, ben, 'voice', 'Ben')) > 0.5).toBe(modality !== 'audio');
    await send(stage, ben, 'picture', 'Ben');
    expect(pictures(stage)).toBe(modality === 'image' ? 0 : 1);
    expect(codes(await stage.join('Cy'))).toEqual(['ERR_MODALITY_SPENT']);
  });

  it('BUDGET7 counts both directions, and 0 limits nothing', () => {
    const used = { prompt: split({ audio: 60 }), response: split({ audio: 40 }), people: [] };
    const judged = (hardTokens: number) => judgeParts(used, { perModality: { audio: { hardTokens } } });
    expect(partRefusal(judged(100), 'ana', 'audio')).toMatchObject({ code: 'ERR_MODALITY_SPENT', participantId: null });
    expect(partRefusal(judged(100), 'ana', 'text')).toBeNull();
    expect(judged(101).size).toBe(0);
    expect(judged(0).size).toBe(0);
  });

  it('BUDGET6 a person that is called like a modality is no modality', () => {
    const person = { ...usage({}, 5), participantId: 'audio', name: 'Audio', speechSeconds: 0 };
    const states = judgeParts({ ...NO_USAGE, people: [person] }, { perPerson: { hardTokens: 5 } });
    expect([...states.keys()]).toEqual([personPart('audio')]);
    expect(partRefusal(states, 'ben', 'audio')).toBeNull();
  });
});

it('BUDGET4 an application whose limits are no object leaves it as it was', async () => {
  const { stage, ana } = await open(() => null as unknown as RoomBudget);
  await turn(stage, ana, usage({ text: 1 }, 1));
  expect(codes(ana)).toEqual([]);
  expect(stage.errors.length).toBeGreaterThan(0);
});
