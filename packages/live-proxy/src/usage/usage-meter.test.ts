import { checkPrices, costOf, type PriceTable, type TurnUsage } from '@colloquy/live-protocol';
import { expect, test } from 'vitest';
import { UsageMeter } from './usage-meter.ts';

function start(prices: PriceTable = {}) {
  const turns: TurnUsage[] = [];
  const meter = new UsageMeter({
    costOf: (turn) => costOf(turn, 'models/gemini-3.8-live', prices),
    onTurn: (turn) => turns.push(turn),
  });
  const say = (message: object) => meter.told(Buffer.from(JSON.stringify(message)));
  return { meter, turns, say };
}

const turnComplete = { turnComplete: true };
const counts = {
  promptTokenCount: 110,
  responseTokenCount: 50,
  totalTokenCount: 160,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 30 },
    { modality: 'AUDIO', tokenCount: 75 },
  ],
  responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
};

test('a turn counts once, by kind and in all', () => {
  const { meter, turns, say } = start();
  say({ serverContent: turnComplete, usageMetadata: counts });
  say({ serverContent: turnComplete, usageMetadata: counts });
  expect(turns).toHaveLength(2);
  expect(turns[0]).toMatchObject({
    prompt: { text: 30, audio: 75, total: 110 },
    response: { text: 0, audio: 50, total: 50 },
    totalTokens: 160,
  });
  expect(meter.total).toMatchObject({ turns: 2, totalTokens: 320, prompt: { audio: 150 }, cost: null });
});

test('Vertex has other names for the same', () => {
  const { turns, say } = start();
  const { responseTokenCount: candidatesTokenCount, responseTokensDetails: candidatesTokensDetails, ...rest } = counts;
  say({ serverContent: turnComplete, usageMetadata: { ...rest, candidatesTokenCount, candidatesTokensDetails } });
  expect(turns[0]).toMatchObject({ response: { audio: 50, total: 50 } });
});

test('counts that come early, in parts or again are those of one turn', () => {
  const { turns, say } = start();
  say({ serverContent: {}, usageMetadata: { promptTokenCount: 110, totalTokenCount: 110 } });
  say({ usageMetadata: counts });
  say({ serverContent: turnComplete, usageMetadata: {} });
  expect(turns).toMatchObject([{ totalTokens: 160, prompt: { total: 110, text: 30 } }]);
});

test('counts that come behind the end of their turn are not taken for the next one’s', () => {
  const { turns, say } = start();
  say({ serverContent: turnComplete });
  say({ usageMetadata: counts });
  say({ serverContent: turnComplete, usageMetadata: counts });
  expect(turns).toHaveLength(2);
});

test('thoughts are in the sum even where the total leaves them out', () => {
  const { turns, say } = start();
  say({ serverContent: turnComplete, usageMetadata: { ...counts, thoughtsTokenCount: 40 } });
  expect(turns).toMatchObject([{ totalTokens: 200, thoughtTokens: 40 }]);
});

test('cost is by the application’s prices; what has no kind costs what text does', () => {
  const prices = {
    'gemini-3.8-live': { prompt: { text: 1, audio: 10 }, response: { text: 2, audio: 20 }, cachedPrompt: 0.5 },
    '*': { prompt: { text: 99 }, response: { text: 99 } },
  };
  const { meter, say } = start(prices);
  say({ serverContent: turnComplete, usageMetadata: { ...counts, cachedContentTokenCount: 10 } });
  const expected = (30 * 1 + 75 * 10 + 5 * 1 + 50 * 20 - 10 * 0.5) / 1e6;
  expect(meter.total.cost).toBeCloseTo(expected, 12);
});

test('a model without a price has no cost, and * is for all', () => {
  const turn = { ...start().meter.total };
  expect(
    costOf(turn, 'models/other', { 'gemini-3.8-live': { prompt: { text: 1 }, response: { text: 1 } } }),
  ).toBeNull();
  expect(costOf(turn, 'models/other', { '*': { prompt: { text: 1 }, response: { text: 1 } } })).toBe(0);
});

test.each([
  [{ m: { prompt: {}, response: { text: 1 } } }, 'prices.m.prompt.text is undefined'],
  [{ m: { prompt: { text: -1 }, response: { text: 1 } } }, 'prices.m.prompt.text is -1'],
  [{ m: { prompt: { text: 1, sound: 2 }, response: { text: 1 } } }, 'prices.m.prompt.sound is no kind of tokens'],
  [{ m: { prompt: { text: 1 }, response: { text: 1 }, cachedPrompt: '3' } }, 'prices.m.cachedPrompt is 3'],
])('a wrong price is refused (%#)', (table, message) => {
  expect(() => checkPrices(table as never, 'createLiveProxy')).toThrow(message);
});

test('media is counted in seconds and pictures', () => {
  const { meter } = start();
  for (let frame = 0; frame < 50; frame += 1) meter.received({ kind: 'audio', audioSeconds: 0.02 });
  meter.received({ kind: 'picture', audioSeconds: 0 });
  meter.spoke(1.5);
  expect(meter.total).toMatchObject({ audioSecondsIn: 1, audioSecondsOut: 1.5, pictures: 1 });
});
