import { useEffect, useRef, useState } from 'react';
import { randomId } from '../ui/random-id.ts';
import type { Card, CardKind } from './board.ts';
import type { NewCard, RoomBoard } from './board-provider.tsx';

/** What people write on a card. */
export interface Words {
  readonly kind: CardKind;
  readonly text: string;
}

/** What of some words is not as in others. */
export function changedWords(before: Words, { kind, text }: Words): Partial<Words> {
  return { ...(kind !== before.kind && { kind }), ...(text.trim() !== before.text && { text: text.trim() }) };
}

interface WrittenWords {
  readonly words: Words;
  readonly write: (words: Partial<Words>) => void;
  /** Has the words put where they belong; then `onDone`, unless other words were written meanwhile. */
  readonly keep: (put: (words: Words) => Promise<boolean>, onDone: () => void) => Promise<void>;
}

/** Words that are being written. */
export function useWords({ kind, text }: Words): WrittenWords {
  const [words, setWords] = useState<Words>({ kind, text });
  const newest = useRef(words);
  useEffect(() => {
    newest.current = words;
  }, [words]);
  return {
    words,
    write: (some) => setWords((now) => ({ ...now, ...some })),
    keep: async (put, onDone) => {
      const wanted = { ...words, text: words.text.trim() };
      if ((await put(wanted)) && isSame(wanted, newest.current)) onDone();
    },
  };
}

function isSame(before: Words, after: Words): boolean {
  return Object.keys(changedWords(before, after)).length === 0;
}

interface CardToAdd {
  /** It is on the board by now, though perhaps with words of an earlier attempt. */
  readonly isAdded: boolean;
  /** Puts it on the board with these words, or these words on it. @returns whether they are in the log. */
  readonly put: (words: Words) => Promise<boolean>;
}

/**
 * One card for all attempts to put it on the board. An attempt of which nobody knows whether it arrived may have arrived;
 * the board then takes no second one, and other words than those reach it as a change of the card.
 */
export function useNewCard(
  { board, change }: RoomBoard,
  { saidBy, source }: Pick<NewCard | Card, 'saidBy' | 'source'>,
): CardToAdd {
  const [cardId] = useState(randomId);
  const [wasAdded, setAdded] = useState(false);
  /** The words that it may have by now. */
  const tried = useRef<readonly Words[]>([]);
  const found = board.cards.find((card) => card.cardId === cardId);
  const put = async (wanted: Words): Promise<boolean> => {
    const before = [...(found ? [found] : []), ...tried.current];
    tried.current = [...tried.current, wanted];
    if (found === undefined && !(await change({ op: 'add', cardId, ...wanted, saidBy, source }))) return false;
    setAdded(true);
    const edit: Partial<Words> = Object.assign({}, ...before.map((words) => changedWords(words, wanted)));
    if (Object.keys(edit).length > 0 && !(await change({ op: 'edit', cardId, ...edit }))) return false;
    tried.current = [wanted];
    return true;
  };
  return { isAdded: wasAdded || found !== undefined, put };
}
