import { useRoom, useRoomClient, useTimeline } from '@colloquy/live-client/react';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { Composer } from './composer.tsx';
import { Timeline } from './timeline.tsx';
import './chat-panel.css';

/** One conversation of everything written and said, and where to write. */
export function ChatPanel(): ReactNode {
  const client = useRoomClient();
  const { self } = useRoom();
  const { timeline, hasOlder, loadingOlder } = useTimeline();
  const loadOlder = (): void => {
    client
      .loadOlder()
      .catch((error: Error) => toast.error('Older messages could not be loaded', { description: error.message }));
  };
  return (
    <section className="chat-panel" aria-label="Conversation">
      <Timeline
        items={timeline}
        selfId={self?.participantId ?? null}
        hasOlder={hasOlder}
        loadingOlder={loadingOlder}
        onLoadOlder={loadOlder}
        empty={<EmptyConversation />}
      />
      <Composer />
    </section>
  );
}

function EmptyConversation(): ReactNode {
  return (
    <div className="timeline-empty" data-testid="timeline-empty">
      <h2>Say hello</h2>
      <p>Switch on your microphone, or write. The model listens to everybody in the room and knows who is speaking.</p>
    </div>
  );
}
