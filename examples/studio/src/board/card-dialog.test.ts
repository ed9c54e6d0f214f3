// @vitest-environment happy-dom
import { act, createElement } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { RoomViewsContext } from '../room/view.ts';
import { mountedPage } from '../testing/mounted-page.ts';
import type { BoardChange, Card } from './board.ts';
import type { RoomBoard } from './board-provider.tsx';
import { CardDialog, type CardForm } from './card-dialog.tsx';

const ana = { participantId: 'ana', name: 'Ana' };
const card: Card = {
  cardId: 'c1',
  kind: 'claim',
  text: 'Trees are tall.',
  isDone: false,
  saidBy: [ana],
  source: 7,
  addedBy: ana,
  addedAt: 0,
  editedBy: null,
};

const { part, render, write } = mountedPage();
let form: CardForm | null;
let changes: BoardChange[];

function show(cards: readonly Card[], canEdit = true): void {
  const change = async (wanted: BoardChange): Promise<boolean> => {
    changes.push(wanted);
    return true;
  };
  const board = { board: { cards, links: [] }, canEdit, change } as unknown as RoomBoard;
  const onClose = (): void => {
    form = null;
    show(cards, canEdit);
  };
  const dialog = createElement(CardDialog, { form, board, onClose });
  render(createElement(RoomViewsContext, { value: { showEntry: () => {} } as never }, dialog));
}

const press = (testId: string) => act(async () => part(testId)?.click());

beforeEach(() => {
  form = { type: 'card', cardId: 'c1' };
  changes = [];
});

it('stays open with what was written when somebody takes the card off the board, and says so', () => {
  show([card]);
  expect(part('card-gone')).toBeNull();
  write('card-text', 'Trees are very tall.');
  show([]);
  expect(part('card-gone')?.textContent).toMatch(/taken off the board/);
  expect(part<HTMLTextAreaElement>('card-text')?.value).toBe('Trees are very tall.');
});

it('puts what was written on the board as a new card, of the same person and source', async () => {
  show([card]);
  write('card-text', 'Trees are very tall.');
  show([]);
  await press('card-save');
  const cardId = expect.not.stringMatching(/^c1$/);
  const added = { op: 'add', cardId, kind: 'claim', text: 'Trees are very tall.', saidBy: [ana], source: 7 };
  expect(changes).toEqual([added]);
  expect(part('card-text')).toBeNull();
});

it('lets what was written be copied, also by who may not change the board', async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } });
  show([card]);
  write('card-text', 'Trees are very tall.');
  show([], false);
  await press('card-copy');
  expect(writeText).toHaveBeenCalledWith('Trees are very tall.');
});

it('shows nothing for a card that is not on the board when it is opened', () => {
  show([]);
  expect(part('card-text')).toBeNull();
});
