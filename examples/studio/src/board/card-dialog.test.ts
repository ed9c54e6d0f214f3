// @vitest-environment happy-dom
import { act, createElement } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RoomViewsContext } from '../room/view.ts';
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

let root: Root;
let page: HTMLElement;
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
  act(() => root.render(createElement(RoomViewsContext, { value: { showEntry: () => {} } as never }, dialog)));
}

function part<Part extends HTMLElement>(testId: string): Part | null {
  return document.querySelector<Part>(`[data-testid="${testId}"]`);
}

function write(text: string): void {
  const input = part<HTMLTextAreaElement>('card-text');
  const setValue = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set;
  act(() => {
    setValue?.call(input, text);
    input?.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

const press = (testId: string) => act(async () => part(testId)?.click());

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  form = { type: 'card', cardId: 'c1' };
  changes = [];
  page = document.createElement('div');
  document.body.append(page);
  root = createRoot(page);
});
afterEach(() => {
  act(() => root.unmount());
  page.remove();
  vi.unstubAllGlobals();
});

it('stays open with what was written when somebody takes the card off the board, and says so', () => {
  show([card]);
  expect(part('card-gone')).toBeNull();
  write('Trees are very tall.');
  show([]);
  expect(part('card-gone')?.textContent).toMatch(/taken off the board/);
  expect(part<HTMLTextAreaElement>('card-text')?.value).toBe('Trees are very tall.');
});

it('puts what was written on the board as a new card, of the same person and source', async () => {
  show([card]);
  write('Trees are very tall.');
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
  write('Trees are very tall.');
  show([], false);
  await press('card-copy');
  expect(writeText).toHaveBeenCalledWith('Trees are very tall.');
});

it('shows nothing for a card that is not on the board when it is opened', () => {
  show([]);
  expect(part('card-text')).toBeNull();
});
