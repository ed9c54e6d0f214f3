import type { TimelineItem } from '@colloquy/live-client';

/** What the model does when it calls a tool of the studio. */
const TOOL_WORDS: Readonly<Record<string, string>> = {
  add_board_note: 'puts a card on the board',
  link_cards: 'links two cards on the board',
  change_card: 'changes a card on the board',
  list_cards: 'reads the board',
  clear_board: 'asks to clear the board',
};

/** The same, as something that may not have gone well. */
const TOOL_DEEDS: Readonly<Record<string, string>> = {
  add_board_note: 'Putting a card on the board',
  link_cards: 'Linking two cards',
  change_card: 'Changing a card',
  list_cards: 'Reading the board',
  clear_board: 'Clearing the board',
};

const OUTCOMES = {
  answered: 'went well',
  failed: 'failed',
  cancelled: 'was cancelled',
  'timed-out': 'took too long',
  abandoned: 'was given up',
} as const;

/** A notice, and how often in a row it was the same. */
export interface NoticeLine {
  /** The first of them. */
  readonly item: TimelineItem;
  readonly text: string;
  readonly times: number;
}

/** Notices in words; what happens again at once is counted rather than repeated. */
export function toNoticeLines(items: readonly TimelineItem[]): readonly NoticeLine[] {
  const lines: NoticeLine[] = [];
  for (const item of items) {
    const text = describeNotice(item);
    const last = lines.at(-1);
    if (last?.text === text) lines[lines.length - 1] = { ...last, times: last.times + 1 };
    else lines.push({ item, text, times: 1 });
  }
  return lines;
}

/** Words for something that happened in the room, without a full stop. */
export function describeNotice({ entry, text }: Pick<TimelineItem, 'entry' | 'text'>): string {
  const plain = text.replace(/\.$/, '');
  if (entry?.kind === 'settings') return `${entry.actor.name} changed the settings`;
  if (entry?.kind === 'tool.result') {
    const deed = TOOL_DEEDS[entry.body.name];
    return deed === undefined ? plain : `${deed} ${OUTCOMES[entry.body.outcome]}`;
  }
  if (entry?.kind !== 'tool.call') return plain;
  const does = TOOL_WORDS[entry.body.name];
  return does === undefined ? plain : `${entry.actor.name} ${does}`;
}
