import { type Board, CARD_KINDS, type Card, type CardKind, type CardLink, type Relation } from './board.ts';

/** What kinds of cards are called, one and several. */
export const KIND_WORDS: Readonly<Record<CardKind, { readonly one: string; readonly many: string }>> = {
  claim: { one: 'Claim', many: 'Claims' },
  question: { one: 'Question', many: 'Questions' },
  evidence: { one: 'Evidence', many: 'Evidence' },
  decision: { one: 'Decision', many: 'Decisions' },
  action: { one: 'Action', many: 'Actions' },
};

/** What relations are called between two cards. */
export const RELATION_WORDS: Readonly<Record<Relation, string>> = {
  supports: 'supports',
  opposes: 'speaks against',
  answers: 'answers',
  'leads-to': 'leads to',
  'relates-to': 'is about',
};

/** What a finished card is called. */
export function doneWord(kind: CardKind): string {
  return kind === 'question' ? 'answered' : 'done';
}

/** The board as minutes: by kind, each card with who said it and what it is linked to. */
export function boardToMarkdown(board: Board, roomName: string): string {
  const texts = new Map(board.cards.map(({ cardId, text }) => [cardId, text]));
  const sections = CARD_KINDS.flatMap((kind) => {
    const cards = board.cards.filter((card) => card.kind === kind);
    if (cards.length === 0) return [];
    const lines = cards.map((card) => cardLines(card, board.links, texts));
    return [`## ${KIND_WORDS[kind].many}\n\n${lines.join('\n')}`];
  });
  const body = sections.length === 0 ? 'The board is empty.' : sections.join('\n\n');
  return `# Board of ${plain(roomName)}\n\n${body}\n`;
}

/** The board as data. */
export function boardToJson(board: Board, room: { readonly id: string; readonly name: string }): string {
  return `${JSON.stringify({ room: { id: room.id, name: room.name }, ...board }, null, 2)}\n`;
}

function cardLines(card: Card, links: readonly CardLink[], texts: ReadonlyMap<string, string>): string {
  const { cardId, kind, text, isDone, saidBy, source } = card;
  const box = kind === 'action' || kind === 'question' ? `[${isDone ? 'x' : ' '}] ` : '';
  const who = saidBy.map(({ name }) => plain(name)).join(' and ') || plain(card.addedBy.name);
  const where = source === null ? '' : `, entry ${source}`;
  const arrows = links
    .filter(({ from }) => from === cardId)
    .map(({ to, relation }) => `\n  - ${RELATION_WORDS[relation]}: ${plain(texts.get(to) ?? '')}`);
  return `- ${box}${plain(text)} (${who}${where})${arrows.join('')}`;
}

/** Text in one line, without what Markdown would read as its own. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|~&#]/g, '\\$&');
}
