import { useEffect, useState } from 'react';
import { type SpokenSpan, SpokenSpans } from '../room/spoken-spans.ts';
import { useRoomClient } from './room-context.ts';

/**
 * Who spoke when, people and the model, oldest first: seen while the calling component is there, and from the
 * transcripts that the timeline holds. A span that goes on has no end yet.
 */
export function useSpokenSpans(): readonly SpokenSpan[] {
  const client = useRoomClient();
  const [spans, setSpans] = useState<readonly SpokenSpan[]>([]);
  useEffect(() => {
    const spoken = new SpokenSpans();
    const look = () => {
      const { connection, participants, timeline } = client.getSnapshot();
      const isOpen = connection.status === 'open';
      if (spoken.look(isOpen ? participants : [], timeline, Date.now())) setSpans(spoken.all);
    };
    look();
    return client.subscribe(look);
  }, [client]);
  return spans;
}
