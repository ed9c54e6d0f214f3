import { expect, test, vi } from 'vitest';
import { TurnJournal } from './turn-journal.ts';
import type { WaitingFrame } from './waiting-frames.ts';

function message(type: 'ask' | 'note', text: string, bytes = 0): WaitingFrame {
  const turns = [{ role: 'user' as const, text }];
  const kind = type === 'ask' ? ({ type, turns, isRealtime: false } as const) : ({ type, turns } as const);
  return { frame: { data: Buffer.alloc(bytes), isBinary: false }, kind };
}

function start(maxBytes: number) {
  const onNotKept = vi.fn();
  return { journal: new TurnJournal({ maxBytes, onNotKept }), onNotKept };
}

const answered = (journal: TurnJournal, text: string): void => {
  journal.arrived();
  journal.observe({ type: 'outputTranscription', text } as never);
  journal.observe({ type: 'turnComplete' } as never);
};

test('hundreds of questions that wait for their answer are all kept, within the bytes', () => {
  const { journal, onNotKept } = start(1_000_000);
  const asked = Array.from({ length: 500 }, (_, index) => message('ask', `${index}`, 100));
  for (const one of asked) journal.sent(one);
  expect(journal.pending).toEqual(asked);
  expect(onNotKept).not.toHaveBeenCalled();
});

test('what is asked is bounded in bytes, and whatever is not kept is told, once for each row', () => {
  const megabyte = 1_000_000;
  const { journal, onNotKept } = start(4 * megabyte);
  const asked = Array.from({ length: 200 }, (_, index) => message('ask', `${index}`, megabyte));
  for (const one of asked) journal.sent(one);
  // The oldest ones are kept: none of them is dropped for another.
  expect(journal.pending).toEqual(asked.slice(0, 3));
  expect(onNotKept).toHaveBeenCalledTimes(1);
  expect(journal.isAskedFor).toBe(true);
  // The answer to all of them is over: there is room again, and the next row is told again.
  answered(journal, 'Yes.');
  expect(journal.pending).toEqual([]);
  expect(journal.history.at(-1)).toEqual({ role: 'model', text: 'Yes.' });
  expect(journal.history.map(({ text }) => text)).toContain('199');
  for (const one of asked.slice(0, 5)) journal.sent(one);
  expect(journal.pending).toHaveLength(3);
  expect(onNotKept).toHaveBeenCalledTimes(2);
});

test('what was not kept is not awaited after a cut', () => {
  const { journal } = start(2_000);
  const kept = message('ask', 'kept', 500);
  journal.sent(kept);
  journal.sent(message('ask', 'too large', 5_000));
  journal.cut(false);
  expect(journal.pending).toEqual([kept]);
  expect(journal.pendingTexts).toEqual(['kept']);
  answered(journal, 'Yes.');
  expect(journal.isAskedFor).toBe(false);
});

test('notes make room for questions, and that is told', () => {
  const { journal, onNotKept } = start(5_000);
  const notes = [message('note', 'first', 1_000), message('note', 'second', 1_000)];
  for (const note of notes) journal.sent(note);
  const question = message('ask', 'question', 1_000);
  journal.sent(question);
  expect(journal.pending).toEqual([notes[1], question]);
  expect(onNotKept).toHaveBeenCalledTimes(1);
  // In words they are still known.
  expect(journal.history.map(({ text }) => text)).toEqual(['first', 'second']);
});

test('a turn that never ends does not grow for ever in memory', () => {
  const { journal } = start(0);
  for (let index = 0; index < 200; index += 1) {
    journal.observe({ type: 'inputTranscription', text: 'word '.repeat(200), interim: false } as never);
    journal.observe({ type: 'outputTranscription', text: 'word '.repeat(200) } as never);
  }
  journal.observe({ type: 'turnComplete' } as never);
  const characters = (turns: readonly { text: string }[]) => turns.reduce((sum, { text }) => sum + text.length, 0);
  expect(characters(journal.history)).toBeLessThanOrEqual(64 * 1_024);
  expect(characters(journal.uncovered)).toBeLessThanOrEqual(64 * 1_024);
});
