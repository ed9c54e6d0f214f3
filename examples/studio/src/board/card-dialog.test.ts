// @vitest-environment happy-dom
import { act, createElement } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomViewsContext } from '../room/view.ts';
import { mountedPage } from '../testing/mounted-page.ts';
import { BOARD_TOPIC, type BoardChange, type Card, foldBoard } from './board.ts';
import type { RoomBoard } from './board-provider.tsx';
import { CardDialog } from './card-dialog.tsx';
import { type CardForm, useCardForm } from './use-card-form.ts';

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
/** What the board says to a change; the connection may be lost before it says it. */
let answer: () => boolean | Promise<boolean>;

function show(cards: readonly Card[], canEdit = true): void {
  const change = async (wanted: BoardChange): Promise<boolean> => {
    changes.push(wanted);
    return answer();
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
  answer = () => true;
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

/** The board that the changes so far make, without those that were lost on their way. */
function boardOf(arrived: readonly BoardChange[]): readonly Card[] {
  const entries = arrived.map((data, ts) => ({ actor: ana, ts, body: { topic: BOARD_TOPIC, data } }));
  return foldBoard(entries as never).cards;
}

const textsOf = (arrived: readonly BoardChange[]) => boardOf(arrived).map(({ text }) => text);

describe('a new card', () => {
  beforeEach(() => {
    form = { type: 'new', card: { text: '', kind: 'claim', saidBy: [ana], source: null } };
    show([]);
  });

  it('that arrived although the connection was lost gets the words of the next attempt', async () => {
    write('card-text', 'Trees are tal.');
    answer = () => false;
    await press('card-add');
    show(boardOf(changes));
    write('card-text', 'Trees are tall.');
    answer = () => true;
    await press('card-add');
    expect(changes.map(({ op }) => op)).toEqual(['add', 'edit']);
    expect(textsOf(changes)).toEqual(['Trees are tall.']);
    expect(part('card-text')).toBeNull();
  });

  it.each([
    ['arrived, which is not seen yet', 0],
    ['did not arrive', 1],
  ])('of which the first attempt %s has the words of the last one, once', async (_, firstThatArrived) => {
    answer = () => false;
    for (const text of ['Trees are', 'Trees are tal.', 'Trees are tall.']) {
      write('card-text', text);
      if (text === 'Trees are tall.') answer = () => true;
      await press('card-add');
    }
    expect(textsOf(changes.slice(firstThatArrived))).toEqual(['Trees are tall.']);
    expect(part('card-text')).toBeNull();
  });

  it('that is tried again with the same words is not changed by that', async () => {
    write('card-text', 'Trees are tall.');
    answer = () => false;
    await press('card-add');
    answer = () => true;
    await press('card-add');
    expect(boardOf(changes)).toMatchObject([{ text: 'Trees are tall.', editedBy: null }]);
  });
});

describe('what is written while a card is on its way', () => {
  let arrive: (isDone: boolean) => void;
  beforeEach(() => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    answer = () => promise;
    arrive = resolve;
  });

  const end = () => act(async () => arrive(true));

  it('stays, and is saved as a change of the new card', async () => {
    form = { type: 'new', card: { text: 'Trees', kind: 'claim', saidBy: [ana], source: null } };
    show([]);
    await press('card-add');
    await press('card-add');
    expect(changes, 'one press more is not one attempt more').toHaveLength(1);
    write('card-text', 'Trees are tall.');
    await end();
    show(boardOf(changes));
    expect(part<HTMLTextAreaElement>('card-text')?.value).toBe('Trees are tall.');
    await press('card-add');
    expect(textsOf(changes)).toEqual(['Trees are tall.']);
    expect(part('card-text')).toBeNull();
  });

  it('stays, and is saved, also where it is what the card said before', async () => {
    show([card]);
    write('card-text', 'Trees are very tall.');
    await press('card-save');
    write('card-text', 'Trees are tall.');
    await end();
    expect(part<HTMLTextAreaElement>('card-text')?.value).toBe('Trees are tall.');
    await press('card-save');
    const edits = ['Trees are very tall.', 'Trees are tall.'].map((text) => ({ op: 'edit', cardId: 'c1', text }));
    expect(changes).toEqual(edits);
    expect(part('card-text')).toBeNull();
  });
});

it('a card that is written stays when the answer to one that was left comes', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const board = { board: { cards: [], links: [] }, canEdit: true, change: () => promise } as unknown as RoomBoard;
  let open: (form: CardForm) => void = () => {};
  const Page = () => {
    const { form: shown, show: showForm, close } = useCardForm();
    open = showForm;
    return createElement(CardDialog, { form: shown, board, onClose: close });
  };
  render(createElement(RoomViewsContext, { value: { showEntry: () => {} } as never }, createElement(Page)));
  const begin = (text: string) =>
    act(() => open({ type: 'new', card: { text, kind: 'claim', saidBy: [ana], source: null } }));
  begin('Trees are tall.');
  await press('card-add');
  act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })));
  expect(part('card-text')).toBeNull();
  begin('Grass is green.');
  await act(async () => resolve(true));
  expect(part<HTMLTextAreaElement>('card-text')?.value).toBe('Grass is green.');
});
