import { MediaKind } from '@colloquy/live-protocol';
import { expect, test } from 'vitest';
import { resolveLimits } from './limits.ts';
import { SendBudget } from './send-budget.ts';

const limits = resolveLimits({
  liveBufferBytes: 100,
  pictureBufferBytes: 100,
  audioBufferBytes: 200,
  maxBufferedBytes: 400,
  stuckTimeoutMs: 1_000,
});

test('pictures go first, then audio, messages never, and then the client', () => {
  const budget = new SendBudget(limits, 0);
  const verdicts = (buffered: number) => [
    budget.media(MediaKind.modelPicture, buffered),
    budget.media(MediaKind.modelAudio, buffered),
    budget.message(buffered),
  ];
  expect(verdicts(100)).toEqual(['send', 'send', 'send']);
  expect(verdicts(101)).toEqual(['drop', 'hold', 'send']);
  expect([budget.hasRoom(100), budget.hasRoom(101)]).toEqual([true, false]);
  expect(verdicts(201)).toEqual(['drop', 'drop', 'send']);
  expect(verdicts(401)).toEqual(['close', 'close', 'close']);
});

test('a client is stuck when nothing of what waits has left for the whole time', () => {
  const budget = new SendBudget(limits, 0);
  budget.sent(300);
  expect(budget.isStuck(300, 0)).toBe(false);
  expect(budget.isStuck(300, 999)).toBe(false);
  expect(budget.isStuck(300, 1_000)).toBe(true);
});

test('bytes that leave slowly are progress, and more that waits is none', () => {
  const budget = new SendBudget(limits, 0);
  budget.sent(300);
  expect(budget.isStuck(299, 900)).toBe(false);
  // 50 more were sent, with a header that was never counted.
  budget.sent(50);
  expect(budget.isStuck(351, 1_500)).toBe(false);
  expect(budget.isStuck(351, 1_900)).toBe(true);
});

test('an idle connection is never stuck', () => {
  const budget = new SendBudget(limits, 0);
  expect(budget.isStuck(0, 100_000)).toBe(false);
  budget.sent(10);
  expect(budget.isStuck(10, 100_500)).toBe(false);
});

test('limits of 0 are off', () => {
  const off = resolveLimits({
    liveBufferBytes: 0,
    pictureBufferBytes: 0,
    audioBufferBytes: 0,
    maxBufferedBytes: 0,
    stuckTimeoutMs: 0,
  });
  const budget = new SendBudget(off, 0);
  budget.sent(1e9);
  expect(budget.media(MediaKind.modelPicture, 1e9)).toBe('send');
  expect(budget.message(1e9)).toBe('send');
  expect(budget.isStuck(1e9, 1e9)).toBe(false);
});
