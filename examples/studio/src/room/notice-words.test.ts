import type { LogEntry } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { describeNotice, toNoticeLines } from './notice-words.ts';

function entryOf(kind: string, body: object): LogEntry {
  return { kind, body, actor: { participantId: 'model', name: 'Gemini' } } as LogEntry;
}

describe('describeNotice()', () => {
  it('says what a tool of the studio does, rather than what it is called', () => {
    const entry = entryOf('tool.call', { name: 'add_board_note', args: {} });
    expect(describeNotice({ entry, text: 'Gemini uses add_board_note.' })).toBe('Gemini puts a card on the board');
  });

  it('says the same of one that did not go well', () => {
    const entry = entryOf('tool.result', { name: 'clear_board', outcome: 'failed' });
    expect(describeNotice({ entry, text: 'clear_board failed.' })).toBe('Clearing the board failed');
  });

  it('leaves other tools and other notices as they are, without the full stop', () => {
    const entry = entryOf('tool.call', { name: 'weather', args: {} });
    expect(describeNotice({ entry, text: 'Gemini uses weather.' })).toBe('Gemini uses weather');
    expect(describeNotice({ text: 'Ana joined.' })).toBe('Ana joined');
  });

  it('says who changed the settings, and leaves the names of fields to the event log', () => {
    const entry = entryOf('settings', { changes: { floorMode: 'queue' } });
    expect(describeNotice({ entry, text: 'Gemini changed floorMode.' })).toBe('Gemini changed the settings');
  });
});

it('toNoticeLines() counts what happens several times in a row', () => {
  const notices = ['Ana joined.', 'Gemini uses weather.', 'Gemini uses weather.', 'Ana joined.'];
  const items = notices.map((text, at) => ({ id: String(at), text }));
  const lines = toNoticeLines(items as never).map(({ item, text, times }) => [item.id, text, times]);
  expect(lines).toEqual([
    ['0', 'Ana joined', 1],
    ['1', 'Gemini uses weather', 2],
    ['3', 'Ana joined', 1],
  ]);
});
