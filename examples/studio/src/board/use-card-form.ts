import { useState } from 'react';
import type { NewCard } from './board-provider.tsx';

/** Which card is open. */
export type CardForm =
  | { readonly type: 'new'; readonly card: NewCard }
  | { readonly type: 'card'; readonly cardId: string };

/** The one card that is open, if any. */
export function useCardForm(): {
  readonly form: CardForm | null;
  readonly show: (form: CardForm) => void;
  /** Closes the card that was open when this was given out: a late answer to one that was left closes no other. */
  readonly close: () => void;
} {
  const [form, setForm] = useState<CardForm | null>(null);
  return { form, show: setForm, close: () => setForm((shown) => (shown === form ? null : shown)) };
}
