import type { TimelineItem } from '@colloquy/live-client';
import { AudioLines, CircleAlert, Clock3, Scissors, StickyNote, Users } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { useBoardIfAny } from '../board/board-provider.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { hueOf } from '../ui/person.ts';
import { formatClock, formatDay, formatFull } from '../ui/time.ts';
import { toNoticeLines } from './notice-words.ts';
import { describeSpeakers, isModel } from './speakers.ts';
import type { TimelineBlock } from './timeline-blocks.ts';

interface TimelineBlockViewProps {
  readonly block: TimelineBlock;
  readonly selfId: string | null;
}

/** One block of the conversation. */
export const TimelineBlockView: React.NamedExoticComponent<TimelineBlockViewProps> = memo(function TimelineBlockView({
  block,
  selfId,
}: TimelineBlockViewProps): ReactNode {
  switch (block.kind) {
    case 'day':
      return <p className="timeline-day">{formatDay(block.ts, Date.now())}</p>;
    case 'notices':
      return <Notices items={block.items} />;
    case 'messages':
      return <Messages block={block} selfId={selfId} />;
    default:
      return block satisfies never;
  }
});

function Notices({ items }: { items: readonly TimelineItem[] }): ReactNode {
  return (
    <ul className="timeline-notices">
      {toNoticeLines(items).map(({ item, text, times }) => (
        <li key={item.id} title={formatFull(item.ts)} {...testAttributes(item)}>
          {text}
          {times > 1 && ` (${times} times)`}
        </li>
      ))}
    </ul>
  );
}

function Messages({
  block,
  selfId,
}: {
  block: TimelineBlock & { kind: 'messages' };
  selfId: string | null;
}): ReactNode {
  const { speakers, items, own } = block;
  const [first] = items;
  const model = isModel(speakers);
  return (
    <article
      className={model ? 'messages messages-model' : 'messages'}
      data-hue={hueOf(speakers[0]?.participantId ?? '')}
    >
      <div className="messages-avatars">
        {speakers.slice(0, 2).map(({ participantId, name }) => (
          <Avatar key={participantId} participantId={participantId} name={name} />
        ))}
        {speakers.length === 0 && <Avatar participantId="" name="?" />}
      </div>
      <div className="messages-body">
        <header className="messages-header">
          <span className="messages-who" data-testid="speaker">
            {describeSpeakers(speakers, selfId)}
          </span>
          {own && speakers.length === 1 && <span className="visually-hidden">(you)</span>}
          {first && (
            <time dateTime={new Date(first.ts).toISOString()} title={formatFull(first.ts)}>
              {formatClock(first.ts)}
            </time>
          )}
        </header>
        {items.map((item) => (
          <Message key={item.id} item={item} />
        ))}
      </div>
    </article>
  );
}

function Message({ item }: { item: TimelineItem }): ReactNode {
  const { kind, state, text, redacted } = item;
  return (
    <div
      className="message"
      data-lines={text.includes('\n') ? 'many' : 'one'}
      data-redacted={redacted}
      {...testAttributes(item)}
    >
      {kind === 'speech' && <AudioLines className="message-spoken" role="img" aria-label="Said aloud" />}
      <p className="message-text">
        <span data-testid="item-text">{redacted ? 'Taken out by a host' : text}</span>
        {state === 'growing' && <span className="message-caret" aria-hidden="true" />}
      </p>
      <MessageMarks item={item} />
      <FileButton item={item} />
    </div>
  );
}

/** Puts what was said on the board, with who said it and where; not where a conversation is only read. */
function FileButton({ item }: { item: TimelineItem }): ReactNode {
  const board = useBoardIfAny();
  const { seq, text, speakers, state, redacted } = item;
  if (!board?.canEdit || seq === null || redacted || state === 'growing') return null;
  return (
    <IconButton
      label="Put on the board"
      className="message-file"
      onClick={() => board.compose({ text, saidBy: speakers, source: seq })}
      data-testid="file-message"
    >
      <StickyNote />
    </IconButton>
  );
}

function MessageMarks({ item }: { item: TimelineItem }): ReactNode {
  const { kind, state, toModel, problem } = item;
  return (
    <>
      {kind === 'text' && toModel === false && (
        <span className="mark" data-testid="mark-people-only">
          <Users aria-hidden="true" />
          People only
        </span>
      )}
      {state === 'sending' && (
        <span className="mark" data-testid="mark-sending">
          <Clock3 aria-hidden="true" />
          Sending…
        </span>
      )}
      {state === 'interrupted' && (
        <span className="mark mark-warning" data-testid="mark-interrupted">
          <Scissors aria-hidden="true" />
          Interrupted
        </span>
      )}
      {state === 'failed' && (
        <span className="mark mark-danger" data-testid="mark-failed">
          <CircleAlert aria-hidden="true" />
          Not sent{problem ? `: ${problem}` : ''}
        </span>
      )}
    </>
  );
}

/** What browser tests find an item by. */
function testAttributes({ id, kind, state, seq, speakers }: TimelineItem): Record<string, string | number> {
  return {
    'data-testid': 'timeline-item',
    'data-item-id': id,
    'data-kind': kind,
    'data-state': state,
    'data-seq': seq ?? '',
    'data-speakers': speakers.map(({ name }) => name).join('+'),
  };
}
