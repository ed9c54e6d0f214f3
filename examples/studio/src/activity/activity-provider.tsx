import type { LoggedEvent, SpokenSpan } from '@colloquy/live-client';
import { useEventLog, useSpokenSpans } from '@colloquy/live-client/react';
import { createContext, type ReactNode, useContext } from 'react';

const EventsContext: React.Context<readonly LoggedEvent[]> = createContext<readonly LoggedEvent[]>([]);
const SpansContext: React.Context<readonly SpokenSpan[]> = createContext<readonly SpokenSpan[]>([]);

/** Writes down what happens and who speaks, from before the room is entered, whether somebody looks or not. */
export function ActivityProvider({ children }: { children: ReactNode }): ReactNode {
  const events = useEventLog();
  const spans = useSpokenSpans();
  return (
    <EventsContext value={events}>
      <SpansContext value={spans}>{children}</SpansContext>
    </EventsContext>
  );
}

/** What happened so far, oldest first. */
export function useRoomEvents(): readonly LoggedEvent[] {
  return useContext(EventsContext);
}

/** Who spoke when, oldest first. */
export function useSpans(): readonly SpokenSpan[] {
  return useContext(SpansContext);
}
