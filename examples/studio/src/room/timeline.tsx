import type { TimelineItem } from '@colloquy/live-client';
import { ArrowDown } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { Button } from '../ui/button.tsx';
import { TimelineBlockView } from './timeline-block-view.tsx';
import { toTimelineBlocks } from './timeline-blocks.ts';
import { useStickyScroll } from './use-sticky-scroll.ts';
import './timeline.css';

interface TimelineProps {
  /** Oldest first. */
  readonly items: readonly TimelineItem[];
  readonly selfId: string | null;
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  readonly onLoadOlder: () => void;
  /** Shown instead of nothing. */
  readonly empty: ReactNode;
  /** Read from the start, rather than kept at the newest. */
  readonly fromStart?: boolean;
}

/** A conversation that stays at its newest line until somebody scrolls up to read. */
export function Timeline({
  items,
  selfId,
  hasOlder,
  loadingOlder,
  onLoadOlder,
  empty,
  fromStart = false,
}: TimelineProps): ReactNode {
  const blocks = useMemo(() => toTimelineBlocks(items), [items]);
  const { ref, onScroll, isAtEnd, scrollToEnd } = useStickyScroll(items, !fromStart);
  const hasWords = items.some(({ kind }) => kind !== 'notice');
  return (
    <div className="timeline-frame">
      <section
        className="timeline"
        ref={ref}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Messages"
        data-testid="timeline"
      >
        <div className="timeline-content">
          {hasOlder && (
            <Button
              size="sm"
              className="timeline-older"
              onClick={onLoadOlder}
              isBusy={loadingOlder}
              data-testid="load-older"
            >
              {loadingOlder ? 'Loading…' : 'Show earlier messages'}
            </Button>
          )}
          {blocks.map((block) => (
            <TimelineBlockView key={block.id} block={block} selfId={selfId} />
          ))}
          {!hasWords && empty}
        </div>
      </section>
      {!isAtEnd && !fromStart && (
        <Button
          size="sm"
          className="timeline-newest"
          icon={<ArrowDown />}
          onClick={scrollToEnd}
          data-testid="to-newest"
        >
          Newest
        </Button>
      )}
    </div>
  );
}
