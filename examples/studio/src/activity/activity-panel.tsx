import type { SpokenSpan } from '@colloquy/live-client';
import { type CSSProperties, type ReactNode, useEffect, useState } from 'react';
import { hueOf } from '../ui/person.ts';
import { useSpans } from './activity-provider.tsx';
import { EventList } from './event-list.tsx';
import { toLanes } from './lanes.ts';
import { Meters } from './meters.tsx';
import './activity.css';

const WINDOW_MS = 5 * 60_000;

/** What goes on behind the conversation: meters, who spoke when, and everything that happened. */
export function ActivityPanel(): ReactNode {
  const spans = useSpans();
  return (
    <div className="activity" data-testid="activity">
      <section aria-labelledby="activity-meters">
        <h2 id="activity-meters">Meters</h2>
        <Meters spans={spans} />
      </section>
      <section aria-labelledby="activity-spoken">
        <h2 id="activity-spoken">Who spoke, last five minutes</h2>
        <SpokenLanes spans={spans} />
      </section>
      <EventList />
    </div>
  );
}

function SpokenLanes({ spans }: { spans: readonly SpokenSpan[] }): ReactNode {
  const now = useNow(1_000);
  const lanes = toLanes(spans, now, WINDOW_MS);
  if (lanes.length === 0) return <p className="activity-empty">Nobody has spoken yet.</p>;
  return (
    <ul className="lanes" data-testid="lanes">
      {lanes.map(({ participantId, name, spokenMs, share, bars }) => (
        <li key={participantId} data-hue={hueOf(participantId)} data-testid="lane" data-name={name}>
          <span className="lane-name">{name}</span>
          <span className="lane-share">
            {Math.round(spokenMs / 1000)} s<span className="visually-hidden">, </span>
            <small>{Math.round(share * 100)} %</small>
          </span>
          <span className="lane-track" aria-hidden="true">
            {bars.map(({ start, end }) => (
              <span key={start} style={{ '--start': start, '--length': end - start } as CSSProperties} />
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
