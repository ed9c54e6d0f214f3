import { useTimeline } from '@colloquy/live-client/react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Announcer } from './announcements.ts';

/**
 * Tells screen readers what becomes complete in the conversation. The visible timeline is silent: its text grows word by
 * word, and every word would be read again.
 */
export function TimelineAnnouncer(): ReactNode {
  const { timeline } = useTimeline();
  const announcer = useRef<Announcer | null>(null);
  const [lines, setLines] = useState<readonly { id: number; text: string }[]>([]);
  useEffect(() => {
    announcer.current ??= new Announcer();
    const news = announcer.current.next(timeline);
    if (news.length === 0) return;
    setLines((old) => {
      const next = (old.at(-1)?.id ?? 0) + 1;
      return [...old, ...news.map((text, index) => ({ id: next + index, text }))].slice(-8);
    });
  }, [timeline]);
  return (
    <div
      className="visually-hidden"
      role="log"
      aria-live="polite"
      aria-label="New in the conversation"
      data-testid="announcements"
    >
      {lines.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
