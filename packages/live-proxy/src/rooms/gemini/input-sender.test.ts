import { modelProfile } from '@colloquy/live-protocol';
import { FakeClock } from '@colloquy/room-core/testing';
import { expect, test } from 'vitest';
import { TextEcho } from '../../continuity/text-echo.ts';
import { InputSender } from './input-sender.ts';

/** A connection that nobody reads from. */
function unread(maxWordBytes = 1_000) {
  const clock = new FakeClock();
  const sent: string[] = [];
  const connection = {
    get bufferedAmount() {
      return sent.reduce((sum, message) => sum + message.length, 0);
    },
    send: (message: string) => void sent.push(message),
  };
  let stuck = 0;
  const sender = new InputSender({
    ...{ connection, clock, maxWordBytes, maxBufferedBytes: 300, stuckTimeoutMs: 5_000, echo: new TextEcho() },
    profile: modelProfile('gemini-3.8-live', 'gemini'),
    onStuck: () => {
      stuck += 1;
    },
  });
  return { clock, connection, sender, stuck: () => stuck };
}

const text = { type: 'text', text: 'x'.repeat(100) } as const;

test('words pile up to their limit; then the connection is dead, once, and the words are for another one', () => {
  const { connection, sender, stuck } = unread();
  let taken = 0;
  while (sender.send(text, true)) taken += 1;
  expect(taken).toBeGreaterThan(2);
  expect(connection.bufferedAmount).toBeLessThanOrEqual(1_000);
  expect(sender.send(text, true)).toBe(false);
  expect(stuck()).toBe(1);
});

test('where nobody speaks, words find out that nothing was read for too long', () => {
  const { clock, sender, stuck } = unread(0);
  for (let n = 0; n < 4; n += 1) expect(sender.send(text, true)).toBe(true);
  clock.advance(5_000);
  expect(sender.send(text, true)).toBe(false);
  expect(stuck()).toBe(1);
});

test('notes that could not be told are kept for the next connection', () => {
  const { sender } = unread(50);
  expect(sender.send({ type: 'context', text: 'Ana is here, and will be' }, true)).toBe(false);
  expect(sender.takeNotes()).toEqual(['Ana is here, and will be']);
});
