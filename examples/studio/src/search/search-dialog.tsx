import type { LiveClientError } from '@colloquy/live-client';
import { useRoomClient } from '@colloquy/live-client/react';
import type { SearchHit } from '@colloquy/live-protocol';
import { Search } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useRoomViews } from '../room/view.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { formatFull } from '../ui/time.ts';
import { markedParts } from './marked-parts.ts';
import './search-dialog.css';

interface SearchDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

type Found =
  | { readonly status: 'idle' | 'searching' }
  | { readonly status: 'failed'; readonly problem: string }
  | {
      readonly status: 'found';
      readonly query: string;
      readonly hits: readonly SearchHit[];
      readonly before: number | null;
    };

/** Finds what was said and written in this room, and goes there. */
export function SearchDialog({ open, onOpenChange }: SearchDialogProps): ReactNode {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Search the conversation"
      description="Words that were said or written, by people and by the model."
      isWritten
    >
      <SearchForm onShow={() => onOpenChange(false)} />
    </Dialog>
  );
}

function SearchForm({ onShow }: { onShow: () => void }): ReactNode {
  const client = useRoomClient();
  const { showEntry } = useRoomViews();
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<Found>({ status: 'idle' });

  const look = (words: string, earlier: readonly SearchHit[], before: number | null): void => {
    if (earlier.length === 0) setFound({ status: 'searching' });
    client.search(words, { before }).then(
      (page) => setFound({ status: 'found', query: words, hits: [...earlier, ...page.hits], before: page.before }),
      (error: LiveClientError) => setFound({ status: 'failed', problem: error.reason || error.message }),
    );
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (query.trim() !== '') look(query.trim(), [], null);
  };
  const show = (seq: number): void => {
    onShow();
    showEntry(seq);
  };
  return (
    <>
      <form className="search-form" onSubmit={submit}>
        <input
          className="input"
          type="search"
          aria-label="Words to look for"
          placeholder="Words to look for"
          value={query}
          maxLength={200}
          onChange={(event) => setQuery(event.target.value)}
          data-testid="search-input"
        />
        <Button type="submit" variant="primary" icon={<Search />} data-testid="search-submit">
          Search
        </Button>
      </form>
      <div className="search-results" aria-live="polite">
        <Results found={found} onShow={show} />
        {found.status === 'found' && found.before !== null && (
          <Button size="sm" onClick={() => look(found.query, found.hits, found.before)}>
            Look further back
          </Button>
        )}
      </div>
    </>
  );
}

function Results({ found, onShow }: { found: Found; onShow: (seq: number) => void }): ReactNode {
  switch (found.status) {
    case 'idle':
      return null;
    case 'searching':
      return <p className="search-note">Searching…</p>;
    case 'failed':
      return <p className="search-note search-problem">{found.problem}</p>;
    case 'found':
      if (found.hits.length === 0) {
        return (
          <p className="search-note" data-testid="search-nothing">
            Nothing with “{found.query}”.
          </p>
        );
      }
      return (
        <ul>
          {found.hits.map((hit) => (
            <Hit key={hit.entry.seq} hit={hit} onShow={onShow} />
          ))}
        </ul>
      );
    default:
      return found satisfies never;
  }
}

function Hit({ hit, onShow }: { hit: SearchHit; onShow: (seq: number) => void }): ReactNode {
  const { entry, snippet } = hit;
  const speakers = entry.kind === 'speech.final' ? entry.body.speakers : [entry.actor];
  return (
    <li>
      <button type="button" className="search-hit" onClick={() => onShow(entry.seq)} data-testid="search-hit">
        <span className="search-hit-head">
          <strong>{speakers.map(({ name }) => name).join(' and ') || 'Somebody'}</strong>
          <time dateTime={new Date(entry.ts).toISOString()}>{formatFull(entry.ts)}</time>
        </span>
        <span>
          {markedParts(snippet).map(({ text, isMarked, start }) =>
            isMarked ? <mark key={start}>{text}</mark> : <span key={start}>{text}</span>,
          )}
        </span>
      </button>
    </li>
  );
}
