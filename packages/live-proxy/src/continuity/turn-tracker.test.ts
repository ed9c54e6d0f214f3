import { parseServerMessage } from '@colloquy/live-protocol';
import { expect, test } from 'vitest';
import { TurnTracker } from './turn-tracker.ts';

function after(...messages: object[]): TurnTracker {
  const tracker = new TurnTracker();
  feed(tracker, ...messages);
  return tracker;
}

function feed(tracker: TurnTracker, ...messages: object[]): void {
  for (const message of messages) for (const event of parseServerMessage(message)) tracker.observe(event);
}

const words = { serverContent: { outputTranscription: { text: ' hello' } } };
const generated = { serverContent: { generationComplete: true } };
const complete = { serverContent: { turnComplete: true } };
const call = { toolCall: { functionCalls: [{ id: 'c1', name: 'note', args: {} }] } };

test('a fresh connection is quiet', () => {
  expect(new TurnTracker().isQuiet).toBe(true);
});

test('it is not quiet from the first word to the end of the turn', () => {
  const tracker = after(words);
  expect(tracker.isQuiet).toBe(false);
  feed(tracker, generated);
  expect([tracker.isQuiet, tracker.hasWholeAnswer]).toEqual([false, true]);
  feed(tracker, complete);
  expect([tracker.isQuiet, tracker.hasWholeAnswer]).toEqual([true, false]);
});

test('it is not quiet between a typed question and its answer', () => {
  const tracker = new TurnTracker();
  tracker.asked();
  expect(tracker.isIdle).toBe(false);
  feed(tracker, complete);
  expect(tracker.isIdle).toBe(true);
});

test('it is not quiet while a call is open', () => {
  const tracker = after(call, complete);
  expect(tracker.isQuiet).toBe(false);
  expect(tracker.answered('c1')).toBe(true);
  expect(tracker.answered('c1')).toBe(false);
  expect(tracker.isQuiet).toBe(true);
  expect(after(call, { toolCallCancellation: { ids: ['c1'] } }).isQuiet).toBe(true);
});

test('somebody who is being heard, and a handle that does not cover it yet, are no quiet point but no turn either', () => {
  const hearing = after({ voiceActivity: { type: 'ACTIVITY_START' } });
  expect([hearing.isQuiet, hearing.isIdle]).toEqual([false, true]);
  feed(hearing, { voiceActivity: { type: 'ACTIVITY_END' } });
  expect(hearing.isQuiet).toBe(true);
  expect(after({ sessionResumptionUpdate: { resumable: false } }).isQuiet).toBe(false);
});

test('a model that goes on working after its turn is not quiet', () => {
  const tracker = after(words, { serverContent: { turnComplete: true, interactionStatus: 'IN_PROGRESS' } });
  expect(tracker.isQuiet).toBe(false);
  feed(tracker, { serverContent: { interactionStatus: 'IDLE' } });
  expect(tracker.isQuiet).toBe(true);
});

test('calls outlive a connection only when the session does', () => {
  const tracker = after(words, call);
  tracker.reset(true);
  expect([tracker.isIdle, tracker.pendingCalls]).toEqual([false, ['c1']]);
  tracker.reset(false);
  expect(tracker.isQuiet).toBe(true);
});
