import { Copy, Link2, MessageSquareText, Trash2, X } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { toast } from 'sonner';
import { useRoomViews } from '../room/view.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { formatDayAndClock } from '../ui/time.ts';
import { useSubmit } from '../ui/use-submit.ts';
import { CARD_KINDS, type Card, type CardKind, MAX_CARD_TEXT, RELATIONS, type Relation } from './board.ts';
import { doneWord, KIND_WORDS, RELATION_WORDS } from './board-files.ts';
import type { NewCard, RoomBoard } from './board-provider.tsx';
import { attribution } from './card-words.ts';
import type { CardForm } from './use-card-form.ts';
import { changedWords, useNewCard, useWords, type Words } from './use-card-words.ts';
import './card-dialog.css';

interface CardDialogProps {
  readonly form: CardForm | null;
  readonly board: RoomBoard;
  readonly onClose: () => void;
}

/** One card, to read and to change; or a new one. */
export function CardDialog({ form, board, onClose }: CardDialogProps): ReactNode {
  const cardId = form?.type === 'card' ? form.cardId : null;
  const found = board.board.cards.find((card) => card.cardId === cardId);
  // Somebody may take the card away while it is open: what was written here stays.
  const [last, setLast] = useState<Card | null>(null);
  if (found !== undefined && found !== last) setLast(found);
  const card = found ?? (last !== null && last.cardId === cardId ? last : undefined);
  const isOpen = form !== null && (form.type === 'new' || card !== undefined);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => !open && onClose()}
      title={card === undefined ? 'New card' : KIND_WORDS[card.kind].one}
      description={card === undefined ? 'Everybody in the room, and the model, sees it.' : describe(card)}
      isWritten={form?.type === 'new'}
    >
      {form?.type === 'new' && <NewCardForm card={form.card} board={board} onDone={onClose} />}
      {card && (
        <CardDetails key={card.cardId} card={card} isGone={found === undefined} board={board} onClose={onClose} />
      )}
    </Dialog>
  );
}

function describe(card: Card): string {
  const edited = card.editedBy === null ? '' : `, changed by ${card.editedBy.name}`;
  return `${attribution(card)}, ${formatDayAndClock(card.addedAt)}${edited}`;
}

interface WordsProps extends Words {
  readonly write: (words: Partial<Words>) => void;
  readonly disabled?: boolean;
}

function WordsFields({ kind, text, write, disabled = false }: WordsProps): ReactNode {
  const id = useId();
  return (
    <>
      <Field id={`${id}-kind`} label="Kind">
        {(aria) => (
          <select
            {...aria}
            className="input"
            value={kind}
            disabled={disabled}
            onChange={(event) => write({ kind: event.target.value as CardKind })}
            data-testid="card-kind"
          >
            {CARD_KINDS.map((one) => (
              <option key={one} value={one}>
                {KIND_WORDS[one].one}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field id={`${id}-text`} label="In one sentence">
        {(aria) => (
          <textarea
            {...aria}
            className="input"
            rows={3}
            value={text}
            maxLength={MAX_CARD_TEXT}
            disabled={disabled}
            onChange={(event) => write({ text: event.target.value })}
            data-testid="card-text"
          />
        )}
      </Field>
    </>
  );
}

function NewCardForm({ card, board, onDone }: { card: NewCard; board: RoomBoard; onDone: () => void }): ReactNode {
  const { words, write, keep } = useWords({ kind: card.kind, text: card.text.slice(0, MAX_CARD_TEXT) });
  const { isAdded, put } = useNewCard(board, card);
  const { isBusy, submit } = useSubmit(() => keep(put, onDone));
  const isEmpty = words.text.trim() === '';
  return (
    <form className="card-form" onSubmit={submit}>
      <WordsFields {...words} write={write} />
      <div className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={isEmpty} isBusy={isBusy} data-testid="card-add">
          {isAdded ? 'Save' : 'Put on the board'}
        </Button>
      </div>
    </form>
  );
}

interface CardDetailsProps {
  /** As it is, or was at last. */
  readonly card: Card;
  /** It is on the board no more. */
  readonly isGone: boolean;
  readonly board: RoomBoard;
  readonly onClose: () => void;
}

function CardDetails({ card, isGone, board, onClose }: CardDetailsProps): ReactNode {
  const { showEntry } = useRoomViews();
  const { canEdit, change } = board;
  const { cardId, source } = card;
  const { words, write, keep } = useWords(card);
  // What others do to it meanwhile is not undone by what was not touched here.
  const [saved, setSaved] = useState<Words>(card);
  const [isRemoving, setRemoving] = useState(false);
  const { isAdded, put } = useNewCard(board, card);
  const isChanged = Object.keys(changedWords(saved, words)).length > 0;
  const save = async (wanted: Words): Promise<boolean> => {
    const edit = changedWords(saved, wanted);
    if (Object.keys(edit).length > 0 && !(await change({ op: 'edit', cardId, ...edit }))) return false;
    setSaved(wanted);
    return true;
  };
  const { isBusy, submit } = useSubmit(() => keep(isGone ? put : save, onClose));
  const remove = async (): Promise<void> => {
    setRemoving(true);
    if (await change({ op: 'remove', cardId })) onClose();
    else setRemoving(false);
  };
  const toggle = (): void => void change({ op: 'edit', cardId, isDone: !card.isDone });
  return (
    <form className="card-form" onSubmit={submit}>
      {isGone && !isRemoving && (
        <p className="field-problem" role="alert" data-testid="card-gone">
          This card was taken off the board meanwhile. What is written here can be copied, or put on the board again.
        </p>
      )}
      <WordsFields {...words} write={write} disabled={!canEdit} />
      <div className="card-form-row">
        {!isGone && (card.kind === 'question' || card.kind === 'action') && (
          <Button size="sm" disabled={!canEdit} aria-pressed={card.isDone} onClick={toggle} data-testid="card-done">
            {card.isDone ? `Not ${doneWord(card.kind)} after all` : `Mark as ${doneWord(card.kind)}`}
          </Button>
        )}
        {source !== null && (
          <Button
            size="sm"
            icon={<MessageSquareText />}
            onClick={() => {
              onClose();
              showEntry(source);
            }}
            data-testid="card-source"
          >
            Where it was said
          </Button>
        )}
      </div>
      {!isGone && <Links card={card} board={board} />}
      <div className="dialog-actions">
        {isGone ? (
          <Button variant="ghost" icon={<Copy />} onClick={() => void copyText(words.text)} data-testid="card-copy">
            Copy the text
          </Button>
        ) : (
          <Button variant="ghost" icon={<Trash2 />} disabled={!canEdit} onClick={remove} data-testid="card-remove">
            Take off the board
          </Button>
        )}
        <Button
          type="submit"
          variant="primary"
          disabled={!canEdit || words.text.trim() === ''}
          isBusy={isBusy}
          data-testid="card-save"
        >
          {saveWord(isGone && !isAdded, isChanged)}
        </Button>
      </div>
    </form>
  );
}

function saveWord(isGone: boolean, isChanged: boolean): string {
  if (isGone) return 'Put on the board again';
  return isChanged ? 'Save' : 'Done';
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.success('Copied');
  } catch {
    // No permission, or a page without https: the text can still be selected.
    toast.error('The browser does not allow copying', { description: 'Select the text and copy it yourself.' });
  }
}

function Links({ card, board }: { card: Card; board: RoomBoard }): ReactNode {
  const id = useId();
  const { canEdit, change } = board;
  const { cards, links } = board.board;
  const [relation, setRelation] = useState<Relation>('supports');
  const [target, setTarget] = useState('');
  const textOf = (cardId: string): string => cards.find((one) => one.cardId === cardId)?.text ?? '';
  const others = cards.filter(({ cardId }) => cardId !== card.cardId);
  // Not disabled while there is nothing to link: it would lose the focus after each link.
  const link = async (): Promise<void> => {
    if (target === '') return;
    if (await change({ op: 'link', from: card.cardId, to: target, relation })) setTarget('');
  };
  const own = links.filter(({ from, to }) => from === card.cardId || to === card.cardId);
  return (
    <fieldset className="card-links">
      <legend>Linked with</legend>
      {own.length === 0 && <p className="field-note">Nothing yet.</p>}
      <ul>
        {own.map(({ from, to, relation: kind }) => (
          <li key={`${from}>${to}`} data-testid="card-link">
            <span>
              {from === card.cardId ? `This ${RELATION_WORDS[kind]}: ` : ''}
              <q>{textOf(from === card.cardId ? to : from)}</q>
              {from === card.cardId ? '' : ` ${RELATION_WORDS[kind]} this`}
            </span>
            <IconButton
              label="Remove this link"
              disabled={!canEdit}
              onClick={() => void change({ op: 'unlink', from, to })}
            >
              <X />
            </IconButton>
          </li>
        ))}
      </ul>
      {others.length > 0 && canEdit && (
        <div className="card-link-new">
          <label className="visually-hidden" htmlFor={`${id}-relation`}>
            What this card is to the other
          </label>
          <select
            id={`${id}-relation`}
            className="input"
            value={relation}
            onChange={(event) => setRelation(event.target.value as Relation)}
            data-testid="link-relation"
          >
            {RELATIONS.map((one) => (
              <option key={one} value={one}>
                {RELATION_WORDS[one]}
              </option>
            ))}
          </select>
          <label className="visually-hidden" htmlFor={`${id}-target`}>
            The other card
          </label>
          <select
            id={`${id}-target`}
            className="input"
            value={target}
            onChange={(event) => setTarget(event.target.value)}
            data-testid="link-target"
          >
            <option value="">Choose a card…</option>
            {others.map(({ cardId, text }) => (
              <option key={cardId} value={cardId}>
                {text}
              </option>
            ))}
          </select>
          <Button icon={<Link2 />} aria-disabled={target === ''} onClick={link} data-testid="link-add">
            Link
          </Button>
        </div>
      )}
    </fieldset>
  );
}
